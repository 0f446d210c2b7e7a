typedef int mxs_input_room_is_empty;
