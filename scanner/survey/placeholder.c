typedef int mxs_survey_room_is_empty;
