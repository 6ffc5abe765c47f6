#!/bin/sh
# An expired account lets nobody in, whichever way they come; a spoilt password alone would still let in the key. Both
# together make plain what is meant.
usermod --lock --expiredate 1970-01-02 vincent
