# Writes OUT: the bytes of IN as a NUL-terminated C array named SYMBOL.
file(READ ${IN} HEX HEX)
string(REGEX REPLACE "(..)" "0x\\1," BYTES "${HEX}")
file(WRITE ${OUT} "extern const char ${SYMBOL}[];\nconst char ${SYMBOL}[] = {${BYTES}0x00};\n")
