package gateway

import (
	"context"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
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
	params, err := split(m.params)
	if err != nil {
		return toolInfo{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t, known = r.tools.tools[stringOf(get(params, "name"))]
	return t, known
}

// listTools reads all pages of the list of tools. like are the parameters of a request of the
// client, whose _meta stateless revisions require.
func (r *Relay) listTools(ctx context.Context, like jsontext.Value) (map[string]toolInfo, error) {
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	if up == nil {
		return nil, errNotRunning
	}
	var params []member
	if members, err := split(like); err == nil {
		if meta, err := split(get(members, "_meta")); err == nil {
			params = set(params, "_meta", join(without(meta, "progressToken")))
		}
	}
	tools := map[string]toolInfo{}
	ask := func(method string, params []byte) (jsontext.Value, error) {
		m, err := r.ask(ctx, up, method, params)
		if err != nil {
			return nil, err
		}
		return m.result, nil
	}
	err := pages(ask, "tools/list", params, func(t map[string]any) {
		name, _ := t["name"].(string)
		annotations, _ := t["annotations"].(map[string]any)
		tools[name] = toolInfo{annotations, mirrored(t["inputSchema"])}
	})
	if err != nil {
		return nil, err
	}
	return tools, nil
}

// pages calls each with the elements of a list, page after page. ask sends a request and returns
// its result.
func pages(ask func(method string, params []byte) (jsontext.Value, error), method string, params []member, each func(map[string]any)) error {
	for range maxPages {
		result, err := ask(method, join(params))
		if err != nil {
			return err
		}
		members, err := split(result)
		if err != nil {
			return err
		}
		elements, err := elementsOf(get(members, lists[method].list))
		if err != nil {
			return err
		}
		for _, e := range elements {
			if o, ok := enforce.Decode(e).(map[string]any); ok {
				each(o)
			}
		}
		next := get(members, "nextCursor")
		if stringOf(next) == "" {
			return nil
		}
		params = set(params, "cursor", next)
	}
	return fmt.Errorf("%s has more than %d pages", method, maxPages)
}

// without returns members but the one of the given name.
func without(members []member, name string) []member {
	var out []member
	for _, m := range members {
		if m.name != name {
			out = append(out, m)
		}
	}
	return out
}
