typedef int mxs_write_room_is_empty;
