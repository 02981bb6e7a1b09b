npm='@tus/server@1.10.2 @tus/file-store@1.5.1 tus-js-client@4.3.1' app=tus.mjs ready=/files mark=from-mcp
read='getFile {"fileId":"f3"}' want='line 3'
write='createFile {"Tus-Resumable":"1.0.0","Upload-Length":8,"Upload-Metadata":"filename ZnJvbS1tY3A="}'
arrived() { cat store/*.json; }
more() {
  id=$(basename "$(grep -l from-mcp store/*.json)" .json)
  echo "updateFile {\"fileId\":\"$id\",\"Tus-Resumable\":\"1.0.0\",\"Upload-Offset\":0,\"requestBody\":\"bWNwIGRhdGE=\"} => 204"
  echo "getFile {\"fileId\":\"$id\"} => mcp data"
}
