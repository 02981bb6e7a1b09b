package merge

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
)

const taskPolicy = `
version: 1
tools: {read: {}}
resources: {"*": {}}
methods: {"tasks/*": {}, "notifications/tasks*": {}}
upstream: {sampling: allow}
`

// start calls a tool as a task, and returns the id that the client gets for the server's id.
func (g *group) start(name, id string) string {
	g.T.Helper()
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":"start","method":"tools/call","params":{"name":"%s_read","task":{"ttl":1}}}`, name))
	g.reply(g.wire[name], `"task":{"ttl":1}`, fmt.Sprintf(`{"task":{"taskId":%q,"status":"working","ttl":1}}`, id))
	var m struct {
		Result struct {
			Task struct{ TaskID, Status string }
		}
	}
	text := g.Receive(g.Client)
	if err := json.Unmarshal([]byte(text), &m); err != nil || m.Result.Task.TaskID == "" || m.Result.Task.TaskID == id || m.Result.Task.Status != "working" {
		g.T.Fatalf("the task is %s", text)
	}
	return m.Result.Task.TaskID
}

func (g *group) about(method, id string) {
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":"about","method":%q,"params":{"taskId":%q}}`, method, id))
}

// quiet fails if a server got a message: one that it gets comes next.
func (g *group) quiet(servers ...*gatewaytest.Wire) {
	g.T.Helper()
	g.Send(g.Client, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	for _, w := range servers {
		g.Expect(w, "notifications/initialized")
	}
}

// TestTasks checks that requests for a task go to the server that created it, although another one
// uses the same id.
func TestTasks(t *testing.T) {
	g := newGroupWith(t, taskPolicy, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	g.greet(`{"tools":{},"tasks":{"list":{},"requests":{"tools":{"call":{}}}}}`, `{"tasks":{"cancel":{},"requests":{}}}`)
	ofFiles, ofGit := g.start("files", "1"), g.start("git", "1")
	if ofFiles == ofGit {
		t.Fatal("two tasks have one id")
	}
	g.about("tasks/get", ofGit)
	g.reply(git, `"method":"tasks/get","params":{"taskId":"1"}`, `{"taskId":"1","status":"working"}`)
	g.Expect(g.Client, `{"taskId":"`+ofGit+`","status":"working"}`)
	g.about("tasks/result", ofFiles)
	g.reply(files, `"method":"tasks/result","params":{"taskId":"1"}`, `{"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"1"}}}`)
	g.Expect(g.Client, `{"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"`+ofFiles+`"}}}`)
	g.about("tasks/cancel", ofFiles)
	g.reply(files, `"method":"tasks/cancel","params":{"taskId":"1"}`, `{"taskId":"2","status":"cancelled"}`)
	g.Expect(g.Client, `"error"`, "another one than it was asked for")

	g.Send(files, `{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"9","status":"of another session"}}`)
	g.Send(files, `{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"1","status":"completed"}}`)
	g.Expect(g.Client, `{"taskId":"`+ofFiles+`","status":"completed"}`)
	g.Send(git, `{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage","params":{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"1"}}}}`)
	asked := g.Expect(g.Client, `{"taskId":"`+ofGit+`"}`)
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":%q}}}}`, idOf(t, asked), ofGit))
	g.Expect(git, `"id":7`, `{"taskId":"1"}`)
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"files_read","_meta":{"a":1,"io.modelcontextprotocol/related-task":{"taskId":%q}}}}`, ofGit))
	g.reply(files, `"_meta":{"a":1}}`, `{}`) // files learns nothing of git's task
	g.Expect(g.Client, `"id":8`)

	session := ""
	for _, r := range g.Records() {
		if r.Method == "tasks/get" && r.Decision == "allow" {
			session = r.Session
		}
	}
	if session != "session/git" {
		t.Errorf("the audit has tasks/get in the session %q", session)
	}
}

// TestForeignTasks checks that ids without a task of the session are refused with equal answers,
// and that no server sees them.
func TestForeignTasks(t *testing.T) {
	g := newGroupWith(t, taskPolicy, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	g.greet(`{"tasks":{}}`, `{}`)
	own := g.start("files", "1")
	other := newGroupWith(t, taskPolicy, "", "files", "git") // another session with such servers
	other.connect("files")
	other.connect("git")
	other.greet(`{"tasks":{}}`, `{}`)
	foreign := other.start("files", "1")
	for _, method := range []string{"tasks/get", "tasks/result", "tasks/cancel", "tasks/update"} {
		first := ""
		for _, id := range []string{foreign, "1", "9", "", own + "x", strings.ToLower(own)} {
			g.about(method, id)
			text := g.Expect(g.Client, `"id":"about"`, "-32602", "unknown task")
			if first == "" {
				first = text
			}
			if text != first {
				t.Errorf("%s of %q: %s and %s", method, id, text, first)
			}
		}
		g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":"about","method":%q,"params":{"taskId":1}}`, method))
		g.Expect(g.Client, "unknown task")
	}
	g.quiet(files, git)
}

// TestTaskList joins the tasks of the servers, page after page, without those of others.
func TestTaskList(t *testing.T) {
	g := newGroupWith(t, taskPolicy, "", "files", "git", "old")
	files, git, old := g.connect("files"), g.connect("git"), g.connect("old")
	a, b := g.start("files", "1"), g.start("git", "1")
	list := func(cursor string) {
		g.Send(g.Client, `{"jsonrpc":"2.0","id":"list","method":"tasks/list","params":{`+cursor+`}}`)
	}
	list("")
	g.reply(files, `"params":{}`, `{"tasks":[{"taskId":"1","x":1},{"taskId":"of another session"}],"nextCursor":"more"}`)
	g.reply(git, `"params":{}`, `{"tasks":[]}`)
	text := g.Expect(old, `"tasks/list"`)
	g.Send(old, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}`, idOf(t, text)))
	text = g.Expect(g.Client, `"tasks":[{"taskId":"`+a+`","x":1}]`)
	var m struct{ Result struct{ NextCursor string } }
	if err := json.Unmarshal([]byte(text), &m); err != nil || m.Result.NextCursor == "" || m.Result.NextCursor == "more" {
		t.Fatalf("the page is %s", text)
	}
	list(`"cursor":"` + m.Result.NextCursor + `"`)
	g.reply(files, `"params":{"cursor":"more"}`, `{"tasks":[]}`)
	g.Expect(g.Client, `{"jsonrpc":"2.0","id":"list","result":{"tasks":[]}}`)
	g.quiet(files, git, old)
	for _, cursor := range []string{`"more"`, `""`, `1`, `"e30"`, `"eyJub25lIjoiMSJ9"`} {
		list(`"cursor":` + cursor)
		g.Expect(g.Client, "-32602", "cursor is none of this server")
	}
	list("")
	g.reply(files, `"tasks/list"`, `{"tasks":[]}`)
	g.reply(git, `"tasks/list"`, `{"tasks":[{"taskId":"1"}]}`)
	g.reply(old, `"tasks/list"`, `{"wrong":true}`)
	g.Expect(g.Client, `{"tasks":[{"taskId":"`+b+`"}]}`)
}

// TestDeniedTasks checks that tasks are judged by the policy of their server, with its reason.
func TestDeniedTasks(t *testing.T) {
	const denied = "version: 1\ndefault: allow\nmethods: {tasks/list: {action: deny, reason: not here}, tasks/cancel: {limits: [{counter: c, window: day, max: 1}]}}\n"
	g := newGroupWith(t, denied, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	g.Send(g.Client, `{"jsonrpc":"2.0","id":1,"method":"tasks/list","params":{}}`)
	g.Expect(g.Client, `"id":1`, "[POLICY DENIED] ", "not here")
	id := g.start("git", "1")
	g.about("tasks/cancel", id)
	g.reply(git, `"taskId":"1"`, `{"taskId":"1","status":"cancelled"}`)
	g.Expect(g.Client, id)
	g.about("tasks/cancel", id)
	g.Expect(g.Client, "[POLICY DENIED] /methods/tasks~1cancel/limits/0")
	g.quiet(files, git)
}

// TestTasksOfRevision2026 relays the tasks that a server makes of a call, updates and streams.
func TestTasksOfRevision2026(t *testing.T) {
	g := newGroupWith(t, taskPolicy, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	const extension = `"extensions":{"io.modelcontextprotocol/tasks":{}}`
	g.Send(g.Client, `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}`)
	g.reply(files, "server/discover", `{"supportedVersions":["2026-07-28"],"capabilities":{"extensions":{"x/y":{}}}}`)
	g.reply(git, "server/discover", `{"supportedVersions":["2026-07-28"],"capabilities":{`+extension+`}}`)
	g.Expect(g.Client, `"io.modelcontextprotocol/tasks":{}`, `"x/y":{}`)
	g.Send(g.Client, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"git_read"}}`)
	g.reply(git, "tools/call", `{"resultType":"task","taskId":"1","status":"working"}`)
	var m struct{ Result struct{ TaskID string } }
	if err := json.Unmarshal([]byte(g.Expect(g.Client, `"resultType":"task"`)), &m); err != nil || len(m.Result.TaskID) < 20 {
		t.Fatal(m, err)
	}
	id := m.Result.TaskID
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":3,"method":"tasks/update","params":{"taskId":%q,"inputResponses":{}}}`, id))
	g.reply(git, `"taskId":"1","inputResponses":{}`, `{"resultType":"complete"}`)
	g.Expect(g.Client, `"id":3`, "complete")
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":"s","method":"subscriptions/listen","params":{"notifications":{"taskIds":[%q,"9"]}}}`, id))
	g.Expect(files, `"taskIds":[]`)
	g.Expect(git, `"taskIds":["1"]`)
	const meta = `"_meta":{"io.modelcontextprotocol/subscriptionId":"s"}`
	g.Send(files, `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{`+meta+`,"notifications":{"taskIds":[]}}}`)
	g.Send(git, `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{`+meta+`,"notifications":{"taskIds":["1"]}}}`)
	g.Expect(g.Client, "acknowledged", `"taskIds":["`+id+`"]`)
	g.Send(git, `{"jsonrpc":"2.0","method":"notifications/tasks","params":{`+meta+`,"taskId":"1","status":"completed"}}`)
	g.Expect(g.Client, `"taskId":"`+id+`","status":"completed"`)
}

// TestTasksOfClient checks that the tasks that a client creates for requests of several servers are
// kept apart.
func TestTasksOfClient(t *testing.T) {
	g := newGroupWith(t, taskPolicy, "", "files", "git")
	files, git := g.connect("files"), g.connect("git")
	g.Send(files, `{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"task":{}}}`)
	asked := g.Expect(g.Client, "sampling")
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"task":{"taskId":"c","status":"working"}}}`, idOf(t, asked)))
	g.Expect(files, `"taskId":"c"`)
	g.Send(git, `{"jsonrpc":"2.0","id":2,"method":"tasks/result","params":{"taskId":"c"}}`)
	g.Expect(git, `"id":2`, "unknown task")
	g.Send(git, `{"jsonrpc":"2.0","id":3,"method":"tasks/list","params":{}}`)
	asked = g.Expect(g.Client, "tasks/list")
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"tasks":[{"taskId":"c"}]}}`, idOf(t, asked)))
	g.Expect(git, `"id":3,"result":{"tasks":[]}`)
	g.Send(files, `{"jsonrpc":"2.0","id":2,"method":"tasks/result","params":{"taskId":"c"}}`)
	asked = g.Expect(g.Client, `"tasks/result"`)
	g.Send(g.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"x":1,"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"c"}}}}`, idOf(t, asked)))
	g.Expect(files, `"id":2`, `{"taskId":"c"}`)
	g.Send(g.Client, `{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"c","status":"completed"}}`)
	g.Expect(files, "notifications/tasks/status")
	g.quiet(files, git)
}

// TestTasksAreBounded forgets the oldest task.
func TestTasksAreBounded(t *testing.T) {
	var all tasks
	be := &backend{}
	first := all.add(task{be, "0"})
	for i := range maxTasks {
		all.add(task{be, fmt.Sprint(i)})
	}
	if _, ok := all.find(first); !ok || len(all.byID) != maxTasks {
		t.Errorf("a known task was added again: %d", len(all.byID))
	}
	last := all.add(task{be, "last"})
	if _, ok := all.find(first); ok || len(all.byID) != maxTasks || len(all.ids) != maxTasks || len(all.oldest) != maxTasks {
		t.Errorf("%d, %d and %d are kept", len(all.byID), len(all.ids), len(all.oldest))
	}
	if of, ok := all.find(last); !ok || of.id != "last" {
		t.Errorf("the last is %+v", of)
	}
}

// TestTasksOfClientHaveOneServer checks that a server cannot take a task that the client made for
// another one, and that a server cannot fill the memory with tasks.
func TestTasksOfClientHaveOneServer(t *testing.T) {
	var all tasks
	one, two := &backend{}, &backend{}
	all.addOfClient(one, "a")
	all.addOfClient(two, "a")
	if all.clientOwner("a") != one || !all.isOfClient(one, "a") || all.isOfClient(two, "a") {
		t.Error("a second server took the task of the first one")
	}
	if all.isOfClient(nil, "unknown") || all.clientOwner("unknown") != nil {
		t.Error("an unknown task is of a server")
	}
	longest := strings.Repeat("x", maxTaskID)
	all.addOfClient(one, longest)
	all.addOfClient(one, longest+"x")
	if all.clientOwner(longest) != one || all.clientOwner(longest+"x") != nil {
		t.Error("the bound of names does not hold")
	}
	for i := range maxTasks {
		all.addOfClient(one, fmt.Sprint(i))
	}
	if n := len(all.ofClient); n != maxTasks {
		t.Errorf("%d tasks are kept, want %d", n, maxTasks)
	}
}
