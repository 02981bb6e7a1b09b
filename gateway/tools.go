package gateway

import (
	"context"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway/rawjson"
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

// maxPages bounds the pages of a list that the gateway reads for itself.
const maxPages = 200

// tool returns the tool that a call names, and whether there is such a tool. A list that cannot be
// read knows no tool.
func (r *Relay) tool(ctx context.Context, m *message) (t toolInfo, known bool) {
	r.mu.Lock()
	if r.tools.loading == nil {
		r.tools.loading = new(sync.Once)
	}
	once := r.tools.loading
	r.mu.Unlock()
	once.Do(func() {
		tools, err := r.listTools(ctx, m.params)
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
	params, err := rawjson.Split(m.params)
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
	err := r.listAll(ctx, "tools/list", like, func(e jsontext.Value) {
		t, _ := jsonvalue.Decode(e).(map[string]any)
		name, _ := t["name"].(string)
		annotations, _ := t["annotations"].(map[string]any)
		tools[name] = toolInfo{annotations, mirrored(t["inputSchema"])}
	})
	if err != nil {
		return nil, err
	}
	return tools, nil
}

// listAll calls each with the elements of a list. like are the parameters of a request of the
// client, whose _meta stateless revisions require.
func (r *Relay) listAll(ctx context.Context, method string, like jsontext.Value, each func(jsontext.Value)) error {
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	if up == nil {
		return errNotRunning
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
		return m.result, nil
	}
	return pages(ask, method, params, each)
}

// pages calls each with the elements of a list, page after page. ask sends a request and returns
// its result.
func pages(ask func(method string, params []byte) (jsontext.Value, error), method string, params []rawjson.Member, each func(jsontext.Value)) error {
	for range maxPages {
		result, err := ask(method, rawjson.Join(params))
		if err != nil {
			return err
		}
		members, err := rawjson.Split(result)
		if err != nil {
			return err
		}
		elements, err := rawjson.Elements(rawjson.Get(members, lists[method].list))
		if err != nil {
			return err
		}
		for _, e := range elements {
			if e.Kind() == '{' {
				each(e)
			}
		}
		next := rawjson.Get(members, "nextCursor")
		if rawjson.String(next) == "" {
			return nil
		}
		params = rawjson.Set(params, "cursor", next)
	}
	return fmt.Errorf("%s has more than %d pages", method, maxPages)
}

// route judges and forwards a message of the client. What needs an answer of the server first does
// not wait for it here.
func (r *Relay) route(ctx context.Context, p packet) {
	if p.method == "tools/call" && (r.guard.Policy().NeedsTools() || r.mirrors(p)) {
		r.judging.Go(func() { r.fromClientListed(ctx, p) })
		return
	}
	r.fromClient(ctx, p, nil)
}
