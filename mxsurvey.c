#include <stdio.h>
int main(void) { puts("mxsurvey"); return 0; }
