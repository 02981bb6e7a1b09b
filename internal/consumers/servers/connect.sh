npm='@connectrpc/connect@2.1.2 @connectrpc/connect-node@2.1.2 @bufbuild/protobuf@2.12.0' app=connect.mjs ready=/ mark=from-mcp
read='getItemServiceItem {"message":{"id":2},"connect":"v1","encoding":"json"}' want=Chair write='addItemServiceItem {"title":"from-mcp"}'
arrived() { curl -s -H content-type:application/json -d '{}' $B/shop.v1.ItemService/ListItems; }
