# What `cmake --install` puts where: the program, its manual pages (when scdoc is there) and completions, both made by the
# program itself, systemd units, and the data it was built with.
include(GNUInstallDirs)
install(TARGETS mxsurvey RUNTIME)

file(GLOB VIEWS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/db/views/*.sql)

find_program(SCDOC scdoc)
if(SCDOC)
  set(PAGES "")
  # Its first line tells man that a page has tables; scdoc does not say so.
  file(WRITE ${CMAKE_BINARY_DIR}/man/tables.roff "'\\\" t\n")
  foreach(PAGE mxsurvey.1 mxsurvey-views.5 mxsurvey-manual.7)
    set(SOURCE ${CMAKE_SOURCE_DIR}/man/${PAGE}.scd)
    set(OUT ${CMAKE_BINARY_DIR}/man/${PAGE})
    add_custom_command(OUTPUT ${OUT}
      COMMAND ${CMAKE_SOURCE_DIR}/scripts/manual.sh ${SOURCE} $<TARGET_FILE:mxsurvey> ${VIEWS} > ${OUT}.scd
      COMMAND ${CMAKE_COMMAND} -E cat ${CMAKE_BINARY_DIR}/man/tables.roff > ${OUT}
      COMMAND ${SCDOC} < ${OUT}.scd >> ${OUT}
      DEPENDS mxsurvey ${SOURCE} ${CMAKE_SOURCE_DIR}/scripts/manual.sh ${CMAKE_SOURCE_DIR}/scripts/markdown.awk
        ${CMAKE_SOURCE_DIR}/docs/manual.md ${VIEWS} VERBATIM)
    list(APPEND PAGES ${OUT})
    string(REGEX REPLACE ".*\\." "" SECTION ${PAGE})
    install(FILES ${OUT} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${SECTION})
  endforeach()
  add_custom_target(man ALL DEPENDS ${PAGES})
endif()

set(COMPLETIONS ${CMAKE_BINARY_DIR}/completions)
add_custom_command(OUTPUT ${COMPLETIONS}/mxsurvey ${COMPLETIONS}/_mxsurvey ${COMPLETIONS}/mxsurvey.fish
  COMMAND ${CMAKE_COMMAND} -E make_directory ${COMPLETIONS}
  COMMAND mxsurvey completion bash > ${COMPLETIONS}/mxsurvey
  COMMAND mxsurvey completion zsh > ${COMPLETIONS}/_mxsurvey
  COMMAND mxsurvey completion fish > ${COMPLETIONS}/mxsurvey.fish
  DEPENDS mxsurvey VERBATIM)
add_custom_target(completions ALL
  DEPENDS ${COMPLETIONS}/mxsurvey ${COMPLETIONS}/_mxsurvey ${COMPLETIONS}/mxsurvey.fish)
install(FILES ${COMPLETIONS}/mxsurvey DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
# Debian's zsh looks for what packages bring in vendor-completions.
set(MXS_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh looks for completions")
install(FILES ${COMPLETIONS}/_mxsurvey DESTINATION ${MXS_ZSH_COMPLETIONS})
install(FILES ${COMPLETIONS}/mxsurvey.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# Units name the program and its manual by full paths, and the prefix is known when it is installed (cmake --install --prefix).
# They are written where they shall lie: an install as root leaves nothing of root's in the build tree.
foreach(UNIT mxsurvey@.service mxsurvey@.timer)
  install(CODE "
    file(READ \"${CMAKE_SOURCE_DIR}/scripts/systemd/${UNIT}\" TEXT)
    string(REPLACE \"/usr/local/\" \"\${CMAKE_INSTALL_PREFIX}/\" TEXT \"\${TEXT}\")
    set(UNIT \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system/${UNIT}\")
    message(STATUS \"Installing: \$ENV{DESTDIR}\${UNIT}\")
    file(WRITE \"\$ENV{DESTDIR}\${UNIT}\" \"\${TEXT}\")
    list(APPEND CMAKE_INSTALL_MANIFEST_FILES \"\${UNIT}\")")
endforeach()
file(TOUCH ${CMAKE_BINARY_DIR}/install_manifest.txt) # CMake fills it as root; so it stays the builder's

install(FILES ${CMAKE_SOURCE_DIR}/scanner/classify/providers.tsv DESTINATION ${CMAKE_INSTALL_DATADIR}/mxsurvey)
install(FILES ${VIEWS} DESTINATION ${CMAKE_INSTALL_DATADIR}/mxsurvey/views)
install(FILES ${CMAKE_SOURCE_DIR}/scanner/smtp/probe.html DESTINATION ${CMAKE_INSTALL_DATADIR}/mxsurvey)
# README and what it links to, as it links to them.
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_SOURCE_DIR}/ARCHITECTURE.md
  ${CMAKE_SOURCE_DIR}/CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
