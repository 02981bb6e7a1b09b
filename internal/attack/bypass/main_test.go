package bypass

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/attack/targettest"
)

// binary is the path of the program under attack.
var binary string

// The variables of the recording server: its folder, which makes the test binary that server.
const serverDir = "BYPASS_SERVER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serverDir); dir != "" {
		serve(dir)
		return
	}
	os.Exit(run(m))
}

// run builds the program and runs the tests.
func run(m *testing.M) int {
	path, remove, err := targettest.Build()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove()
	binary = path
	flag.Parse()
	flag.Set("test.parallel", "8") // the tests wait more than they work
	return m.Run()
}

// serve is an MCP server on stdio that appends each line to the file "seen" of a folder before it
// answers. The file "tools" there has its tools. A call of a tool waits while there is a file
// "wait", and is answered with the file "script", if there is one, where $ID is its id.
func serve(dir string) {
	seen, err := os.OpenFile(filepath.Join(dir, "seen"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var writing sync.Mutex
	answer := func(id json.RawMessage, result string) {
		writing.Lock()
		defer writing.Unlock()
		fmt.Printf(`{"jsonrpc":"2.0","id":%s,"result":%s}`+"\n", id, result)
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		script, scripted := os.ReadFile(filepath.Join(dir, "script")) // before a test sees that the line came
		fmt.Fprint(seen, line)
		var m struct {
			ID     json.RawMessage
			Method string
			Params struct {
				ProtocolVersion string
				Name, TaskID    string
				Task            json.RawMessage
			}
		}
		if json.Unmarshal([]byte(line), &m) != nil || m.ID == nil || m.Method == "" {
			continue
		}
		switch m.Method {
		case "initialize":
			answer(m.ID, fmt.Sprintf(`{"protocolVersion":%q,"capabilities":{"tools":{"listChanged":true},"resources":{"subscribe":true},"prompts":{},`+
				`"completions":{},"logging":{},"tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}}},"serverInfo":{"name":"recorder","version":"1"}}`, m.Params.ProtocolVersion))
		case "server/discover":
			answer(m.ID, `{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"serverInfo":{"name":"recorder","version":"1"}}`)
		case "tools/list":
			text, err := os.ReadFile(filepath.Join(dir, "tools"))
			if err != nil {
				text = []byte(tools("read", "pay", "put", "mail", "pick", "hold", "admin_drop"))
			}
			answer(m.ID, fmt.Sprintf(`{"resultType":"complete","tools":%s}`, text))
		case "tasks/list": // those of all clients
			answer(m.ID, `{"tasks":[{"taskId":"1","status":"working"},{"taskId":"SECRET","status":"working"}]}`)
		case "tasks/get", "tasks/cancel":
			answer(m.ID, fmt.Sprintf(`{"resultType":"complete","taskId":%q,"status":"working"}`, m.Params.TaskID))
		case "tasks/result":
			answer(m.ID, `{"content":[{"type":"text","text":"SECRET"}]}`)
		case "tools/call":
			if m.Params.Task != nil {
				answer(m.ID, `{"task":{"taskId":"1","status":"working"}}`)
				continue
			}
			if m.Params.Name == "later" { // as servers of 2026-07-28 do
				answer(m.ID, `{"resultType":"task","taskId":"1","status":"working","ttlMs":60000}`)
				continue
			}
			if scripted == nil {
				writing.Lock()
				fmt.Print(strings.ReplaceAll(string(script), "$ID", string(m.ID)))
				writing.Unlock()
				continue
			}
			go func() {
				for range time.Tick(10 * time.Millisecond) { // the test removes the file
					if !waits(dir) {
						break
					}
				}
				answer(m.ID, fmt.Sprintf(`{"resultType":"complete","content":[{"type":"text","text":"did %s"}]}`, m.Params.Name))
			}()
		default:
			answer(m.ID, `{"resultType":"complete"}`)
		}
	}
}

func waits(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "wait"))
	return err == nil
}

// tools returns a list of tools that take anything.
func tools(names ...string) string {
	var all []string
	for _, n := range names {
		all = append(all, fmt.Sprintf(`{"name":%q,"description":"a tool","inputSchema":{"type":"object"}}`, n))
	}
	return "[" + strings.Join(all, ",") + "]"
}
