npm='@trpc/server@11.25.2 @trpc/client@11.25.2 zod@4.6.7 typescript@5.9.3' app=trpc.mjs ready=/list mark=from-mcp
read='getTaskById {"input":{"id":2}}' want=Cook write='createTaskAdd {"title":"from-mcp"}'
arrived() { curl -s $B/list; }
