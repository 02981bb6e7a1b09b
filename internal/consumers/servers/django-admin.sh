python='django djangorestframework' module='django rest_framework' app=site.py ready=/admin/login/ mark=from-mcp
export SPECTAP_AUTH_SIGN_IN_USERNAME=ann SPECTAP_AUTH_SIGN_IN_PASSWORD=correct-horse
serve="--sign-in loginAdmin" read='getAdminAutoComplete {"term":"bo","app_label":"authtoken","model_name":"tokenproxy","field_name":"user"}' want='bob'
write='addAuthGroup {"name":"from-mcp","permissions":[1,4]}'
start() { DJANGO_SUPERUSER_PASSWORD=correct-horse python3 $APP "runserver --noreload $PORT"; }
drive() {
  a=$B/admin; c() { curl -so out -b jar -c jar "$@"; }
  post() { # post PATH FIELD…: a form with the token of the page
    local t p=$1 f=(); shift; t=$(grep -o 'csrfmiddlewaretoken" value="[^"]*' out | head -1 | sed 's/.*="//')
    for x; do f+=(-d "$x"); done; c -L --data-urlencode "csrfmiddlewaretoken=$t" "${f[@]}" "$a/$p"
  }
  c $a/; c "$a/login/?next=/admin/"; post "login/?next=/admin/" username=ann password=wrong next=/admin/
  post "login/?next=/admin/" username=ann password=correct-horse next=/admin/
  for g in editors writers readers critics; do c $a/auth/group/add/; post auth/group/add/ name=$g permissions=1 permissions=3 _save=Save; done
  for i in 1 2; do c $a/auth/group/$i/change/; post auth/group/$i/change/ name=authors$i permissions=2 _save=Save; done
  c $a/auth/group/3/delete/; post auth/group/3/delete/ post=yes
  for u in bob cy dora; do c $a/auth/user/add/; post auth/user/add/ username=$u password1=tall-tree-9 password2=tall-tree-9 _save=Save; done
  c "$a/auth/user/?q=bo"; c $a/auth/user/2/change/; q="app_label=authtoken&model_name=tokenproxy&field_name=user"
  for t in '' an bo; do c "$a/autocomplete/?term=$t&$q"; done; c $a/; post logout/
}
arrived() { python3 -c 'import sqlite3; print(sqlite3.connect("site.db").execute("select * from auth_group, auth_group_permissions p where group_id = auth_group.id and permission_id = 4").fetchall())'; }
more() { echo 'deleteAuthGroup {"groupId":4,"post":"yes"} => 302'; }
