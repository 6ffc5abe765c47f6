#!/bin/sh
# With setgid on a folder, what is made in it takes the folder's group. That must be the team's, so both go together.
chgrp "${team:?}" "/srv/$team-${tag:?}"
chmod g+s "/srv/$team-$tag"
