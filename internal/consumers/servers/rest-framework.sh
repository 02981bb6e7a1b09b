python='django djangorestframework' module='django rest_framework' app=site.py ready=/api/ mark=from-mcp
read='getUser {"user_id":3}' want='finn' write='createGroup {"name":"from-mcp"}'
start() { DJANGO_SUPERUSER_PASSWORD=correct-horse python3 $APP "runserver --noreload $PORT"; }
drive() {
  a=$B/api; c() { curl -so out -H content-type:application/json "$@"; }
  for p in wrong correct-horse; do c -d "{\"username\":\"ann\",\"password\":\"$p\"}" $a/token/; done
  sed 's/.*"token":"\([^"]*\).*/\1/' out >token; c $a/users/; j() { c -H "authorization: Token $(cat token)" "$@"; }; j $a/
  for g in sales support stock legal board press press; do j -d "{\"name\":\"$g\"}" $a/groups/; done
  for u in eve finn gus hal ida "bad name"; do j -d "{\"username\":\"$u\",\"email\":\"$u@example.com\",\"groups\":[6]}" $a/users/; done
  for p in users groups; do j $a/$p/; j "$a/$p/?page=2"; j "$a/$p/?page=9"; for i in 1 2 3 4 5 99; do j $a/$p/$i/; done; done
  j -X PATCH -d '{"first_name":"Eva"}' $a/users/2/; j -X PATCH -d '{"email":"g@example.com","groups":[2]}' $a/users/4/
  j -X PUT -d '{"name":"law"}' $a/groups/4/; j -X DELETE $a/groups/5/; j -X DELETE $a/users/5/
}
arrived() { python3 -c 'import sqlite3; print(sqlite3.connect("site.db").execute("select * from auth_group").fetchall())'; }
more() { echo 'updateUser {"user_id":3,"email":"f@example.com"} => f@example.com'; }
