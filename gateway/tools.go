package gateway

import (
	"context"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/mirror"
	"github.com/spectap/spectap/gateway/rawjson"
	"github.com/spectap/spectap/gateway/subject"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// toolList is what the server says of its tools. It is read when a decision depends on it, and
// again after the server says that it changed.
type toolList struct {
	loading *sync.Once
	tools   map[string]toolInfo // by name, nil if the list could not be read
}

// toolInfo is what the relay needs of a tool.
type toolInfo struct {
	annotations map[string]any
	headers     map[string][]string // paths of arguments by the names of the headers that mirror them
}

// tool returns the tool that a call names, and whether there is such a tool. A list that cannot be
// read knows no tool.
func (r *Relay) tool(ctx context.Context, m *jsonrpc.Message) (t toolInfo, known bool) {
	r.mu.Lock()
	if r.tools.loading == nil {
		r.tools.loading = new(sync.Once)
	}
	once := r.tools.loading
	r.mu.Unlock()
	once.Do(func() {
		tools, err := r.listTools(ctx, m.Params)
		if err != nil {
			r.log.Warn("the list of tools cannot be read", "error", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.tools.loading == once { // else it changed meanwhile
			if r.tools.tools = tools; err != nil {
				r.tools.loading = nil // try again
			}
		}
	})
	params, err := rawjson.Split(m.Params)
	if err != nil {
		return toolInfo{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, known = r.tools.tools[rawjson.String(rawjson.Get(params, "name"))]
	return t, known
}

// listTools reads the whole list of tools.
func (r *Relay) listTools(ctx context.Context, like jsontext.Value) (map[string]toolInfo, error) {
	tools := map[string]toolInfo{}
	err := r.listAll(ctx, "tools/list", like, nil, func(e jsontext.Value) {
		t, _ := jsonvalue.Decode(e).(map[string]any)
		name, _ := t["name"].(string)
		annotations, _ := t["annotations"].(map[string]any)
		tools[name] = toolInfo{annotations, mirror.Bindings(t["inputSchema"])}
	})
	if err != nil {
		return nil, err
	}
	return tools, nil
}

// listAll calls page, unless nil, with each result of a list, whose error ends the reading, and
// then each with its elements. like are the parameters of a request of the client, whose _meta
// stateless revisions require.
func (r *Relay) listAll(
	ctx context.Context, method string, like jsontext.Value, page func(result jsontext.Value) error, each func(jsontext.Value),
) error {
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	if up == nil {
		return ErrNotRunning
	}
	var params []rawjson.Member
	if members, err := rawjson.Split(like); err == nil {
		if meta, err := rawjson.Split(rawjson.Get(members, "_meta")); err == nil {
			params = rawjson.Set(params, "_meta", rawjson.Join(rawjson.Without(meta, "progressToken")))
		}
	}
	ask := func(method string, params []byte) (jsontext.Value, error) {
		m, err := r.ask(ctx, up, method, params)
		if err != nil {
			return nil, err
		}
		if page != nil {
			err = page(m.Result)
		}
		return m.Result, err
	}
	return subject.Pages(ask, method, params, each)
}

// mirrors reports whether the headers of a call depend on the schema of its tool: those that the
// client sent, if they have to be checked here, and those that the server gets.
func (r *Relay) mirrors(p jsonrpc.Packet) bool {
	if jsonrpc.VersionOf(p.Message) == "" || p.Via != nil && !p.Via.IsStateless() {
		return false
	}
	if name, _ := mirror.NameOf(p.Message); !r.guard.Lists(policy.Tool, name) {
		return false // it is refused in any case
	}
	r.mu.Lock()
	isRemote := r.up != nil && jsonrpc.SendsApart(r.up)
	r.mu.Unlock()
	if p.Via == nil {
		return isRemote
	}
	return p.Via.MirrorsArguments() || !isRemote // a remote server looks for headers that are missing
}
