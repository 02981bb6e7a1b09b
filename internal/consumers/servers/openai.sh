npm='@dwmkerr/mock-llm@0.1.29 openai@6.10.0' app=openai.mjs ready=/health mark='^9$'
read='listModels {}' want=gpt write='createChatCompletion {"model":"gpt-4","messages":[{"role":"user","content":"from-mcp"}]}'
arrived() { grep -c POST server.log; }
more() { echo 'createChatCompletion {"model":"gpt-4","stream":true,"messages":[{"role":"user","content":"a streamed word"}]} => streamed'; }
drive() { echo sk-none-of-your-business-000000000000 >token; node $APP; }
start() { HOST=127.0.0.1 mock-llm; }
