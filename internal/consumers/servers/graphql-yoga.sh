npm='graphql-yoga@5.24.1 graphql@16.11.0' app=yoga.mjs ready=/graphql mark=from-mcp
read='book {"variables":{"id":"2"},"query":"query Book($id: ID!) { book(id: $id) { id title pages } }"}' want=Emma write='addBook {"variables":{"input":{"title":"from-mcp","pages":5}},"query":"mutation AddBook($input: NewBook!) { addBook(input: $input) { id title pages } }"}'
arrived() { curl -s -H content-type:application/json -d '{"query":"{ books { title } }"}' $B/graphql; }
more() { echo 'count {"variables":{"to":4},"query":"subscription Count($to: Int!) { count(to: $to) }"} => 4'; }
