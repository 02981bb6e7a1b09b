npm=json-server@0.17.4 ready=/posts read='getPost {"postId":4}' want='Title 4' mark=from-mcp
start() { echo '{"posts":[{"id":1,"title":"Hello","views":3}],"profile":{"name":"me"}}' >db.json; json-server --port $PORT db.json; }
drive() {
  c() { curl -so out -H content-type:application/json "$@"; }
  for i in 2 3 4 5 6; do c -d "{\"title\":\"Title $i\",\"views\":$((i * 7))}" $B/posts; done
  for i in 1 2 3 4 5 6 99; do c $B/posts/$i; done
  for q in '' '?_page=1&_limit=2' '?_sort=views&_order=desc' '?q=Hello' '?views_gte=20'; do c "$B/posts$q"; done
  c $B/profile; c -X PATCH -d '{"views":8}' $B/posts/2; c -X PUT -d '{"title":"New","views":1}' $B/posts/3; c -X DELETE $B/posts/5
}
write='createPost {"title":"from-mcp","views":1}'
arrived() { cat db.json; }
