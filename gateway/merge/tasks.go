package merge

import (
	"bytes"
	"crypto/rand"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// A task belongs to one server and one session. Two servers may give the same id, and a server with
// several clients may know the tasks of all of them: the client sees random ids instead, and only
// the ids of tasks of its own calls are valid.

// task identifies a task by its server and the server's id.
type task struct {
	backend *backend
	id      string
}

// tasks has the tasks of a session. The zero value is empty. It is safe for concurrent use.
type tasks struct {
	mu       sync.Mutex
	byID     map[string]task     // by the id that the client sees
	ids      map[task]string     // the ids that the client sees
	oldest   []string            // the keys of byID
	ofClient map[string]*backend // the servers whose requests became tasks of the client, by the client's ids
}

// The bounds of [tasks].
const (
	maxTasks  = 10_000 // in each direction; the oldest task of a server is evicted
	maxTaskID = 1024   // bytes
)

// The members of messages that name a task.
const (
	taskID      = "taskId"
	relatedTask = jsonrpc.MetaPrefix + "related-task" // of _meta
)

// find returns the task with a client's id.
func (t *tasks) find(id string) (task, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.byID[id]
	return found, ok
}

// shown returns the client's id of a task, or "".
func (t *tasks) shown(of task) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ids[of]
}

// add records a task that a call of the client created, and returns the client's id of it.
func (t *tasks) add(of task) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, ok := t.ids[of]; ok {
		return id
	}
	if t.byID == nil {
		t.byID, t.ids = map[string]task{}, map[task]string{}
	}
	if len(t.oldest) >= maxTasks {
		delete(t.ids, t.byID[t.oldest[0]])
		delete(t.byID, t.oldest[0])
		t.oldest = t.oldest[1:]
	}
	id := rand.Text()
	t.byID[id], t.ids[of], t.oldest = of, id, append(t.oldest, id)
	return id
}

// addOfClient records a task that the client created for a server's request.
func (t *tasks) addOfClient(be *backend, id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ofClient == nil {
		t.ofClient = map[string]*backend{}
	}
	if t.ofClient[id] == nil && len(t.ofClient) < maxTasks && len(id) <= maxTaskID {
		t.ofClient[id] = be
	}
}

// isOfClient reports whether the client created a task for a request of the server.
func (t *tasks) isOfClient(be *backend, id string) bool { return be != nil && t.clientOwner(id) == be }

// clientOwner returns the server for whose request the client created a task, or nil.
func (t *tasks) clientOwner(id string) *backend {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ofClient[id]
}

// related returns the members of parameters or a result, with the task id in _meta replaced by the
// other side's id. rename returns that id, or "" if the other side does not know the task.
func related(members []rawjson.Member, rename func(id string) string) []rawjson.Member {
	meta, _ := rawjson.Split(rawjson.Get(members, "_meta")) // or nil
	about := rawjson.Get(meta, relatedTask)
	if about == nil {
		return members
	}
	of, _ := rawjson.Split(about)
	if id := rename(rawjson.String(rawjson.Get(of, taskID))); id != "" {
		meta = rawjson.Set(meta, relatedTask, rawjson.Join(rawjson.Set(of, taskID, jsonvalue.Encode(id))))
	} else {
		meta = rawjson.Without(meta, relatedTask)
	}
	return rawjson.Set(members, "_meta", rawjson.Join(meta))
}

// toClient returns the client's id for a server's task id, in either direction.
func (t *tasks) toClient(be *backend, id string) string {
	if t.isOfClient(be, id) {
		return id
	}
	return t.shown(task{be, id})
}

// toServer returns the server's id for a client's task id, in either direction.
func (t *tasks) toServer(be *backend, id string) string {
	if of, ok := t.find(id); ok && of.backend == be {
		return of.id
	}
	if t.isOfClient(be, id) {
		return id
	}
	return ""
}

// mentions reports whether a text may name a task.
func mentions(text []byte) bool { return bytes.Contains(text, []byte("task")) }

// tasksUp returns a message of the client with the server's task ids.
func (g *Merger) tasksUp(be *backend, m *jsonrpc.Message) *jsonrpc.Message {
	return g.inMessage(m, func(id string) string { return g.tasks.toServer(be, id) })
}

// tasksDown returns a message of a server with the client's task ids.
func (g *Merger) tasksDown(be *backend, m *jsonrpc.Message) *jsonrpc.Message {
	return g.inMessage(m, func(id string) string { return g.tasks.toClient(be, id) })
}

// inMessage returns a message with the other side's task id in _meta.
func (g *Merger) inMessage(m *jsonrpc.Message, rename func(string) string) *jsonrpc.Message {
	out := *m
	at := &out.Params
	if m.IsResponse() {
		at = &out.Result
	}
	if !bytes.Contains(*at, []byte(relatedTask)) {
		return m
	}
	members, err := rawjson.Split(*at)
	if err != nil {
		return m
	}
	*at = rawjson.Join(related(members, rename))
	return out.Encoded()
}

// asksForTask reports whether a request is about one task.
func asksForTask(method string) bool {
	switch method {
	case "tasks/get", "tasks/result", "tasks/cancel", "tasks/update":
		return true
	}
	return false
}

// answered returns the answer of a server to a request of the client, with the client's task ids.
// It records a task that the request created.
func (g *Merger) answered(be *backend, request, m *jsonrpc.Message) *jsonrpc.Message {
	if m.Result == nil || !mentions(m.Result) {
		return m
	}
	members, err := rawjson.Split(m.Result)
	if err != nil {
		return m
	}
	bad := jsonrpc.Failure(m.ID, jsonrpc.CodeInternal, "the MCP server names no task, or another one than it was asked for", nil)
	switch made, _ := rawjson.Split(rawjson.Get(members, "task")); {
	case asksForTask(request.Method) && request.Method != "tasks/result" && rawjson.Get(members, taskID) != nil:
		id := rawjson.String(rawjson.At(request.Params, taskID))
		shown := g.tasks.shown(task{be, id})
		if shown == "" || rawjson.String(rawjson.Get(members, taskID)) != id {
			return bad
		}
		members = rawjson.Set(members, taskID, jsonvalue.Encode(shown))
	case made != nil && subject.FromClient(request).IsTask: // revision 2025-11-25
		if made = g.made(be, made); made == nil {
			return bad
		}
		members = rawjson.Set(members, "task", rawjson.Join(made))
	case rawjson.String(rawjson.Get(members, "resultType")) == "task": // revision 2026-07-28: the server decides
		if members = g.made(be, members); members == nil {
			return bad
		}
	}
	out := *m
	out.Result = rawjson.Join(related(members, func(id string) string { return g.tasks.toClient(be, id) }))
	return out.Encoded()
}

// made returns the members of a new task with the client's id, or nil.
func (g *Merger) made(be *backend, members []rawjson.Member) []rawjson.Member {
	id := rawjson.String(rawjson.Get(members, taskID))
	if id == "" || len(id) > maxTaskID {
		return nil
	}
	return rawjson.Set(members, taskID, jsonvalue.Encode(g.tasks.add(task{be, id})))
}

// taskNote returns a notification or request of a server with the client's task ids, or nil if it
// is about a task of another client.
func (g *Merger) taskNote(be *backend, m *jsonrpc.Message) *jsonrpc.Message {
	if !mentions(m.Params) {
		return m
	}
	m = g.tasksDown(be, m)
	params, _ := rawjson.Split(m.Params)
	switch {
	case m.Method == "notifications/subscriptions/acknowledged":
		notifications, _ := rawjson.Split(rawjson.Get(params, "notifications"))
		if ids, err := rawjson.Elements(rawjson.Get(notifications, "taskIds")); err == nil {
			shown := renamed(ids, func(id string) string { return g.tasks.shown(task{be, id}) })
			return jsonrpc.WithParams(m, rawjson.Set(params, "notifications", rawjson.Join(rawjson.Set(notifications, "taskIds", shown))))
		}
	case m.IsNotification() && strings.HasPrefix(m.Method, "notifications/tasks"):
		shown := g.tasks.shown(task{be, rawjson.String(rawjson.Get(params, taskID))})
		if shown == "" {
			return nil
		}
		return jsonrpc.WithParams(m, rawjson.Set(params, taskID, jsonvalue.Encode(shown)))
	}
	return m
}

// renamed returns a list of tasks with the other side's ids, without tasks that the other side does
// not know.
func renamed(ids []jsontext.Value, rename func(string) string) jsontext.Value {
	var out []jsontext.Value
	for _, id := range ids {
		if other := rename(rawjson.String(id)); other != "" {
			out = append(out, jsonvalue.Encode(other))
		}
	}
	return rawjson.Array(out)
}

// unknown returns the error for a request that concerns no server. It does not reveal whether
// another client has a task with the id.
func (g *Merger) unknown(m *jsonrpc.Message) (code int, text string) {
	if asksForTask(m.Method) {
		for _, be := range g.backends {
			if be.Guard.Lists(policy.Method, m.Method) {
				return jsonrpc.CodeInvalidParams, "unknown task"
			}
		}
	}
	text = subject.Unknown(m)
	if text == "method not found" {
		return jsonrpc.CodeMethodNotFound, text
	}
	return jsonrpc.CodeInvalidParams, text
}

// mayAsk reports whether a request of a server concerns no task of the client, or one that the
// client created for that server. Otherwise it refuses the request.
func (g *Merger) mayAsk(be *backend, m *jsonrpc.Message) bool {
	if !asksForTask(m.Method) || g.tasks.isOfClient(be, rawjson.String(rawjson.At(m.Params, taskID))) {
		return true
	}
	be.deliver(jsonrpc.Packet{Message: jsonrpc.Failure(m.ID, jsonrpc.CodeInvalidParams, "unknown task", nil)})
	return false
}

// clientAnswered returns the client's answer to a request of a server, without tasks for other
// servers. It records a task that the client created for the request.
func (g *Merger) clientAnswered(be *backend, method string, m *jsonrpc.Message) *jsonrpc.Message {
	members, err := rawjson.Split(m.Result)
	if err != nil {
		return m
	}
	if method != "tasks/list" {
		if id := rawjson.String(rawjson.At(m.Result, "task", taskID)); id != "" {
			g.tasks.addOfClient(be, id)
		}
		return g.tasksUp(be, m)
	}
	list, _ := rawjson.Elements(rawjson.Get(members, "tasks"))
	var own []jsontext.Value
	for _, e := range list {
		if g.tasks.isOfClient(be, rawjson.String(rawjson.At(e, taskID))) {
			own = append(own, e)
		}
	}
	out := *m
	out.Result = rawjson.Join(rawjson.Set(members, "tasks", rawjson.Array(own)))
	return out.Encoded()
}
