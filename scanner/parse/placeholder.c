typedef int mxs_parse_room_is_empty;
