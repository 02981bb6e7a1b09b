package merge

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// taskPage is one server's page of its tasks.
type taskPage struct {
	tasks []jsontext.Value
	next  string         // the server's cursor of the next page, or ""
	ok    bool           // the server has answered with a list
	err   jsontext.Value // its error answer, or nil
}

// listTasks answers with a page of tasks: a page of each server that has more. Servers get one
// request for each of the client's, so that policies count as they would with one server.
func (g *Merger) listTasks(p jsonrpc.Packet) {
	params, _ := rawjson.Split(jsonrpc.WithoutToken(p.Params))
	cursors, ok := g.cursors(rawjson.Get(params, "cursor"))
	if !ok {
		g.refuse(p, jsonrpc.NewMalformed(jsonrpc.CodeInvalidParams, p.ID, "the cursor is none of this server"))
		return
	}
	params = rawjson.Without(params, "cursor")
	pages := fromAll(g, func(be *backend) taskPage {
		cursor, more := cursors[be.Name]
		if cursors != nil && !more {
			return taskPage{}
		}
		return g.taskPage(be, params, cursor)
	})
	var all []jsontext.Value
	next, listed := map[string]string{}, false
	for i, be := range g.backends {
		all = append(all, pages[i].tasks...)
		listed = listed || pages[i].ok
		if pages[i].next != "" {
			next[be.Name] = pages[i].next
		}
	}
	if !listed {
		g.send(noTasks(p.ID, pages), p.Via)
		return
	}
	out := []rawjson.Member{{Name: "tasks", Value: rawjson.Array(all)}}
	if len(next) > 0 {
		text, _ := json.Marshal(next) // strings
		out = rawjson.Set(out, "nextCursor", jsonvalue.Encode(base64.RawURLEncoding.EncodeToString(text)))
	}
	g.send(jsonrpc.Response(p.ID, rawjson.Join(out)), p.Via)
}

// cursors decodes a cursor of the client to the servers' cursors, by name. It returns nil for the
// first page. A forged cursor gives access only to the client's own tasks.
func (g *Merger) cursors(cursor jsontext.Value) (map[string]string, bool) {
	if cursor == nil {
		return nil, true
	}
	text, err := base64.RawURLEncoding.DecodeString(rawjson.String(cursor))
	var of map[string]string
	if err != nil || json.Unmarshal(text, &of) != nil || len(of) == 0 {
		return nil, false
	}
	known := 0
	for _, be := range g.backends {
		if of[be.Name] != "" {
			known++
		}
	}
	return of, known == len(of)
}

// taskPage asks a server for a page of its tasks, and returns those of this session.
func (g *Merger) taskPage(be *backend, params []rawjson.Member, cursor string) taskPage {
	if cursor != "" {
		params = append(params[:len(params):len(params)], rawjson.Member{Name: "cursor", Value: jsonvalue.Encode(cursor)})
	}
	m, err := g.askOne(g.ctx, be, "tasks/list", rawjson.Join(params))
	if err != nil {
		be.leftOut("tasks/list", err)
		return taskPage{}
	}
	if m.Err != nil {
		return taskPage{err: m.Err}
	}
	list, err := rawjson.Elements(rawjson.At(m.Result, "tasks"))
	if err != nil {
		be.leftOut("tasks/list", err)
		return taskPage{}
	}
	page := taskPage{next: rawjson.String(rawjson.At(m.Result, "nextCursor")), ok: true}
	for _, e := range list {
		of, _ := rawjson.Split(e)
		if shown := g.tasks.shown(task{be, rawjson.String(rawjson.Get(of, taskID))}); shown != "" {
			page.tasks = append(page.tasks, rawjson.Join(rawjson.Set(of, taskID, jsonvalue.Encode(shown))))
		}
	}
	return page
}

// noTasks returns the answer if no server lists tasks: the error of one of them, such as a denial,
// or else that the method does not exist.
func noTasks(id string, pages []taskPage) *jsonrpc.Message {
	for _, p := range pages {
		if p.err != nil && !strings.Contains(string(p.err), strconv.Itoa(jsonrpc.CodeMethodNotFound)) {
			return jsonrpc.Error(id, p.err)
		}
	}
	return jsonrpc.Failure(id, jsonrpc.CodeMethodNotFound, "method not found", nil)
}
