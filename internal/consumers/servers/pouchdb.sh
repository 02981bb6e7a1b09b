npm='express-pouchdb@4.2.0 pouchdb@9.0.0 express@4.21.2' app=pouchdb.cjs ready=/ mark=from-mcp
read='getCat {"cat_id":"leo"}' want='"age":3' write='replaceCat {"cat_id":"mia","kind":"from-mcp"}'
arrived() { curl -s $B/cats/mia; }
