package merge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// joinTime bounds the wait for each server's answer to a request to all servers. A late answer is
// left out.
const joinTime = 10 * time.Second

// joined is one server's answer to a request to all servers.
type joined struct {
	backend *backend
	result  jsontext.Value // or nil
	err     jsontext.Value
}

// askAll sends a request to all servers, and returns their answers in the order of the servers.
func (g *Merger) askAll(ctx context.Context, method string, params jsontext.Value) []joined {
	return fromAll(g, func(be *backend) joined {
		m, err := g.askOne(ctx, be, method, params)
		if err != nil {
			be.leftOut(method, err)
			return joined{backend: be}
		}
		return joined{be, m.Result, m.Err}
	})
}

// fromAll returns what ask returns for each server. It asks them at the same time.
func fromAll[T any](g *Merger, ask func(*backend) T) []T {
	out := make([]T, len(g.backends))
	var all sync.WaitGroup
	for i, be := range g.backends {
		all.Go(func() { out[i] = ask(be) })
	}
	all.Wait()
	return out
}

// leftOut logs that a server is missing in an answer, unless the server does not run, which was
// logged before.
func (be *backend) leftOut(method string, err error) {
	level := slog.LevelWarn
	if be.why() != nil {
		level = slog.LevelDebug
	}
	be.log.Log(context.Background(), level, "the MCP server is missing in an answer", "method", method, "error", err)
}

// askOne sends a request of the merger to a server and returns the answer.
func (g *Merger) askOne(ctx context.Context, be *backend, method string, params jsontext.Value) (*jsonrpc.Message, error) {
	if err := be.why(); err != nil && method != "initialize" {
		return nil, err
	}
	g.mu.Lock()
	g.next++
	m := jsonrpc.Request(fmt.Sprintf(`"%s%d"`, g.own, g.next), method, params)
	if params == nil {
		m = jsonrpc.Request(m.ID, method, []byte(`{}`))
	}
	key := waiting{nil, jsonrpc.Key(m.ID)}
	answer := make(chan *jsonrpc.Message, 1)
	g.pending[key] = &part{backend: be, answer: answer}
	g.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	be.deliver(jsonrpc.Packet{Message: m})
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	delete(g.pending, key)
	g.mu.Unlock()
	if method != "initialize" { // which cannot be cancelled
		be.deliver(jsonrpc.Packet{Message: jsonrpc.Notification("notifications/cancelled", fmt.Appendf(nil, `{"requestId":%s}`, m.ID))})
	}
	return nil, fmt.Errorf("no answer within %v", joinTime)
}

// join sends a request to all servers and answers with the results combined by merge.
func (g *Merger) join(p jsonrpc.Packet, merge func(*Merger, []joined) (jsontext.Value, error)) {
	results := g.askAll(g.ctx, p.Method, jsonrpc.WithoutToken(p.Params))
	out, err := merge(g, results)
	if err != nil {
		g.send(jsonrpc.Failure(p.ID, jsonrpc.CodeMethodNotFound, err.Error(), nil), p.Via)
		return
	}
	g.send(jsonrpc.Response(p.ID, out), p.Via)
}

// object is a result, of which the merger interprets some members.
type object map[string]any

func decodeObject(v jsontext.Value) object {
	o, _ := jsonvalue.Decode(v).(map[string]any)
	return o
}

// mergeHello returns the result of initialize: the lowest version, and the union of the
// capabilities.
func mergeHello(g *Merger, results []joined) (jsontext.Value, error) {
	version, any, failed := "", object{}, ""
	for _, r := range results {
		if r.result == nil {
			failed += " " + r.backend.Name
			continue
		}
		o := decodeObject(r.result)
		if v, _ := o["protocolVersion"].(string); version == "" || v < version {
			version = v
		}
		mergeCapabilities(any, capabilitiesOf(r.result))
	}
	if version == "" {
		return nil, errors.New("none of the MCP servers answers:" + failed)
	}
	out := object{"protocolVersion": version, "capabilities": any, "serverInfo": serverInfo()}
	if text := instructions(results); text != "" {
		out["instructions"] = text
	}
	return jsonvalue.Encode(out), nil
}

func serverInfo() object { return object{"name": "spectap gateway", "version": "1"} }

// capabilitiesOf returns what a server says it can do, but for tasks.
func capabilitiesOf(result jsontext.Value) any {
	return jsonvalue.Decode(jsonrpc.WithoutTasks(rawjson.At(result, "capabilities")))
}

// mergeCapabilities adds capabilities to those of other servers.
func mergeCapabilities(to object, capabilities any) {
	all, _ := capabilities.(map[string]any)
	for name, c := range all {
		known, isObject := to[name].(map[string]any)
		switch added, _ := c.(map[string]any); {
		case isObject && added != nil:
			mergeCapabilities(known, added)
		case !isObject && to[name] != true:
			to[name] = c
		}
	}
}

// instructions returns the instructions of all servers, each with its name.
func instructions(results []joined) string {
	var b strings.Builder
	for _, r := range results {
		if text, _ := decodeObject(r.result)["instructions"].(string); text != "" {
			fmt.Fprintf(&b, "%s (names begin with %s):\n%s\n", r.backend.Name, r.backend.Prefix, text)
		}
	}
	return b.String()
}

// mergeDiscovery returns the result of server/discover: the versions that all servers support.
// Without a common stateless version, the client must start a session.
func mergeDiscovery(g *Merger, results []joined) (jsontext.Value, error) {
	var versions []any
	capabilities, answered := object{}, false
	for _, r := range results {
		if r.result == nil && r.err == nil {
			continue // it does not run
		}
		o := decodeObject(r.result)
		supported, _ := o["supportedVersions"].([]any)
		if !answered {
			versions = supported
		}
		answered = true
		versions = slices.DeleteFunc(slices.Clone(versions), func(v any) bool { return !slices.Contains(supported, v) })
		mergeCapabilities(capabilities, capabilitiesOf(r.result))
	}
	if !slices.ContainsFunc(versions, func(v any) bool { s, _ := v.(string); return jsonrpc.IsStateless(s) }) {
		return nil, errors.New("method not found: not all MCP servers behind this gateway serve stateless requests")
	}
	out := object{
		"resultType": "complete", "supportedVersions": versions, "capabilities": capabilities, "ttlMs": 0, "cacheScope": "private",
		"_meta": object{jsonrpc.ServerInfo: serverInfo()},
	}
	if text := instructions(results); text != "" {
		out["instructions"] = text
	}
	return jsonvalue.Encode(out), nil
}

// mergeEmpty returns an empty result if any server returned a result.
func mergeEmpty(g *Merger, results []joined) (jsontext.Value, error) {
	if slices.ContainsFunc(results, func(r joined) bool { return r.result != nil }) {
		return jsontext.Value(`{}`), nil
	}
	return nil, errors.New("method not found")
}

// joinLists answers with the lists of all servers.
func (g *Merger) joinLists(p jsonrpc.Packet) {
	params, _ := rawjson.Split(jsonrpc.WithoutToken(p.Params))
	if rawjson.Get(params, "cursor") != nil {
		g.refuse(p, jsonrpc.NewMalformed(jsonrpc.CodeInvalidParams, p.ID, "the cursor is none of this server: its lists have one page"))
		return
	}
	elements, listed := g.lists(g.ctx, p.Method, params)
	if !listed {
		g.send(jsonrpc.Failure(p.ID, jsonrpc.CodeMethodNotFound, "method not found", nil), p.Via)
		return
	}
	out := []rawjson.Member{{Name: subject.Lists[p.Method].Member, Value: rawjson.Array(elements)}}
	if jsonrpc.VersionOf(p.Message) != "" {
		out = rawjson.Set(out, "resultType", jsonvalue.Encode("complete"))
		out = rawjson.Set(out, "ttlMs", jsontext.Value("0"))
		out = rawjson.Set(out, "cacheScope", jsonvalue.Encode("private"))
	}
	g.send(jsonrpc.Response(p.ID, rawjson.Join(out)), p.Via)
}

// lists returns the elements of a list of all servers, with the client's names, and whether any
// server has such a list. It records the owners of resources.
func (g *Merger) lists(ctx context.Context, method string, params []rawjson.Member) (all []jsontext.Value, listed bool) {
	type answer struct {
		elements []jsontext.Value
		found    bool
	}
	answers := fromAll(g, func(be *backend) answer {
		elements, err := g.list(ctx, be, method, params)
		switch {
		case err == nil && method == "tools/list":
			elements = be.usable(ctx, elements)
		case err != nil && !errors.Is(err, errRefused):
			be.leftOut(method, err)
		}
		return answer{elements, err == nil}
	})
	for i, be := range g.backends {
		g.claim(be, method, answers[i].elements, answers[i].found)
	}
	for i, be := range g.backends {
		listed = listed || answers[i].found
		for _, e := range answers[i].elements {
			if e = g.renamed(be, method, e); e != nil {
				all = append(all, e)
			}
		}
	}
	return all, listed
}

// renamed returns an element of a server's list as the client sees it, or nil if it belongs to
// another server.
func (g *Merger) renamed(be *backend, method string, e jsontext.Value) jsontext.Value {
	members, err := rawjson.Split(e)
	if err != nil {
		return nil
	}
	key := subject.Lists[method].Name
	name := rawjson.String(rawjson.Get(members, key))
	if key == "name" {
		return rawjson.Join(rawjson.Set(members, key, jsonvalue.Encode(be.Prefix+name)))
	}
	if !g.isOf(be, name) {
		return nil
	}
	return e
}

// errRefused is the error for a list that a server does not have.
var errRefused = errors.New("the server has no such list")

// list returns all pages of a server's list.
func (g *Merger) list(ctx context.Context, be *backend, method string, params []rawjson.Member) (all []jsontext.Value, err error) {
	ask := func(method string, params []byte) (jsontext.Value, error) {
		m, err := g.askOne(ctx, be, method, params)
		switch {
		case err != nil:
			return nil, err
		case m.Err == nil:
			return m.Result, nil
		case be.why() != nil || !strings.Contains(string(m.Err), strconv.Itoa(jsonrpc.CodeMethodNotFound)):
			return nil, fmt.Errorf("the server answers with an error: %s", enforce.Clip(string(m.Err)))
		}
		return nil, errRefused
	}
	if err := subject.Pages(ask, method, slices.Clone(params), func(e pin.Definition) { all = append(all, e.JSON) }); err != nil {
		return nil, err
	}
	return all, nil
}
