package gateway

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// toolList is the content of the server's list of tools. It is read before the first call, and
// again after the server notifies of a change.
type toolList struct {
	tools      map[string]toolInfo // by name
	operations map[string]toolInfo // that a tool calls, by name
}

// toolInfo has the facts about a tool that the relay needs.
type toolInfo struct {
	annotations map[string]any
	reads       bool                // it only reads
	headers     map[string][]string // paths of arguments by the names of the headers that mirror them
	// dispatches means that the tool calls an operation: one argument names it, another has its
	// arguments.
	dispatches           bool
	operation, arguments string
	as                   string // the name by which policies know it, unless it is its own
	tells                bool   // its results describe tools or operations
}

// readTools returns the facts about the tools in a list.
func readTools(list []pin.Definition) *toolList {
	l := &toolList{map[string]toolInfo{}, map[string]toolInfo{}}
	for _, e := range list {
		t, _ := jsonvalue.Decode(e.JSON).(map[string]any)
		meta, _ := t["_meta"].(map[string]any)
		info := toolInfo{headers: mirror.Bindings(t["inputSchema"]), tells: meta[jsonrpc.MetaShown] == true}
		info.annotations, _ = t["annotations"].(map[string]any)
		c, _ := policy.ClassOf(policy.ClassFromDefinition(t))
		// The policy allows the tool, so its author has decided on what it may return.
		info.reads = c == policy.ClassRead || c == policy.ClassSensitive && info.annotations["readOnlyHint"] == true
		if mark, ok := meta[jsonrpc.MetaDispatch]; ok {
			names, _ := mark.(map[string]any) // without names, no call names an operation
			info.dispatches, info.as = true, jsonrpc.DispatchesAs(e.JSON)
			info.operation, _ = names["operation"].(string)
			info.arguments, _ = names["arguments"].(string)
		}
		if meta[jsonrpc.MetaOperations] == true {
			l.operations[e.Name] = info
		} else {
			l.tools[e.Name] = info
		}
	}
	return l
}

// learn stores the facts of a list of tools, unless the list has changed since a generation.
func (p *pinState) learn(list []pin.Definition, generation uint64) *toolList {
	tools := readTools(list)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.generation == generation {
		p.tools = tools
	}
	return tools
}

// tellHeld logs once for a server which tools are held because they may write.
func (r *Relay) tellHeld(l *toolList) {
	var names []string
	for _, known := range []map[string]toolInfo{l.tools, l.operations} {
		for name, t := range known {
			if !t.reads && !t.dispatches && r.guard.HoldsWrite(name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 || r.health.toldHeld.Swap(true) {
		return
	}
	slices.Sort(names)
	r.log.Info("calls of tools that do not only read wait for a person; require_approval: false in the policy lets a tool pass",
		"count", len(names), "tools", names[:min(len(names), maxTold)])
}

// maxTold bounds the tools that the log names.
const maxTold = 20

// toolsOf returns the facts about the server's tools, from the cache or from the server.
func (r *Relay) toolsOf(ctx context.Context, like jsontext.Value, again bool) (*toolList, error) {
	r.pins.mu.Lock()
	known, generation := r.pins.tools, r.pins.generation
	r.pins.mu.Unlock()
	if known != nil && !again {
		return known, nil
	}
	list, _, err := r.fresh(ctx, "tools/list", like)
	if err != nil {
		r.log.Warn("the list of tools cannot be read", "error", err)
		return nil, err
	}
	tools := r.pins.learn(list, generation)
	r.tellHeld(tools)
	return tools, nil
}

// called returns the subject of a call of a tool, with the server's facts about the tool. If the
// tool calls operations, the arguments must name one exactly as the server lists it; any other name
// is unknown. isListed reports whether the server lists the tool.
func (r *Relay) called(ctx context.Context, m *jsonrpc.Message) (s enforce.Subject, t toolInfo, isListed bool, err error) {
	own := subject.FromClient(m)
	if s = own; s.How != enforce.ByPolicy {
		return s, t, true, nil
	}
	for _, again := range []bool{false, true} {
		list, err := r.toolsOf(ctx, m.Params, again)
		if err != nil {
			return s, t, false, err
		}
		t, isListed = list.tools[own.Names[0]]
		own.Reads = t.reads
		s = list.dispatched(own)
		if isListed && (s.Inner == nil || !s.Inner.Unknown) || !isListed && r.guard.Policy().NeedsTools() {
			break // else the server may have it now: not all servers notify of changes
		}
	}
	return s, t, isListed, nil
}

// named returns the subject of a message of the client. If it calls a tool of the list, it has the
// name by which policies know the tool.
func (l *toolList) named(s enforce.Subject) enforce.Subject {
	if l != nil && s.Kind == policy.Tool && s.How == enforce.ByPolicy {
		if as := l.tools[s.Names[0]].as; as != "" {
			s.Names = []string{as}
		}
	}
	return s
}

// named returns the subject of a message of the client like [toolList.named]. The list of tools is
// read if it is not known and the policy denies the tool by its own name.
func (r *Relay) named(ctx context.Context, m *jsonrpc.Message, s enforce.Subject) enforce.Subject {
	list := r.knownTools()
	if list == nil && s.Kind == policy.Tool && s.How == enforce.ByPolicy && !r.guard.Decide(r.message(enforce.ToServer, m, s, nil)).Allowed {
		list, _ = r.toolsOf(ctx, m.Params, false) // which logs the error; the policy has decided
	}
	return list.named(s)
}

// knownTools returns the facts about the server's tools, nil before they are read.
func (r *Relay) knownTools() *toolList { return get(&r.pins.mu, &r.pins.tools) }

// dispatched adds to a call of a tool the operation that it calls.
func (l *toolList) dispatched(s enforce.Subject) enforce.Subject {
	t := l.tools[s.Names[0]]
	s = l.named(s)
	if !t.dispatches {
		return s
	}
	args, _ := s.Args.(map[string]any)
	name, _ := args[t.operation].(string)
	op, isListed := l.operations[name]
	in := &guard.Inner{Name: name, Args: map[string]any{}, Annotations: op.annotations, Unknown: !isListed}
	if own, given := args[t.arguments]; given {
		if _, ok := own.(map[string]any); !ok {
			return enforce.Subject{}
		}
		in.Args = own
	}
	s.Inner, s.Reads = in, op.reads
	return s
}

// listAll calls page, unless nil, with each result of a list, whose error ends the reading, and
// then each with its elements. like are the parameters of a request of the client, whose _meta
// stateless revisions require.
func (r *Relay) listAll(
	ctx context.Context, method string, like jsontext.Value, page func(result jsontext.Value) error, each func(pin.Definition),
) error {
	up := get(&r.mu, &r.up)
	if up == nil {
		return ErrNotRunning
	}
	var params, own []rawjson.Member
	if members, err := rawjson.Split(like); err == nil {
		if meta, err := rawjson.Split(rawjson.Get(members, "_meta")); err == nil {
			own = rawjson.Without(meta, "progressToken")
		}
	}
	if method == "tools/list" {
		own = rawjson.Set(own, jsonrpc.MetaOperations, jsontext.Value("true"))
	}
	if own != nil {
		params = rawjson.Set(params, "_meta", rawjson.Join(own))
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

// mirrors reports whether the headers of a call depend on the schema of its tool: those from the
// client, if they must be checked here, and those for the server.
func (r *Relay) mirrors(p jsonrpc.Packet) bool {
	return jsonrpc.VersionOf(p.Message) != "" && (p.Via == nil || p.Via.IsStateless())
}

// limited returns a call as the server gets it: a call of a tool that describes others lists the
// names that its results may describe.
func (r *Relay) limited(ctx context.Context, m *jsonrpc.Message, s enforce.Subject) *jsonrpc.Message {
	if s.Kind != policy.Tool || s.How != enforce.ByPolicy {
		return m
	}
	tools, err := r.toolsOf(ctx, m.Params, false)
	if err != nil {
		tools = &toolList{} // its results may describe nothing
	} else if !tools.tools[s.Names[0]].tells {
		return m
	}
	isShown, all := r.shownIn(ctx, m.Params, tools), len(tools.tools)+len(tools.operations)
	names := []jsontext.Value{}
	for _, known := range []map[string]toolInfo{tools.tools, tools.operations} {
		for _, name := range slices.Sorted(maps.Keys(known)) {
			if isShown(name) {
				names = append(names, jsonvalue.Encode(name))
			}
		}
	}
	if err == nil && len(names) == all {
		return m
	}
	members, meta := jsonrpc.MetaOf(m.Params)
	meta = rawjson.Set(meta, jsonrpc.MetaShown, rawjson.Array(names))
	return jsonrpc.WithParams(m, rawjson.Set(members, "_meta", rawjson.Join(meta)))
}

// shownIn returns a function that reports whether the policy and the pins let a client see a tool.
func (r *Relay) shownIn(ctx context.Context, like jsontext.Value, l *toolList) func(name string) bool {
	isListed := func(name string) bool { return r.guard.Lists(policy.Tool, cmp.Or(l.tools[name].as, name)) }
	if r.pins.book == nil || r.guard.IsShadow() {
		return isListed
	}
	list, _, err := r.listed(ctx, "tools/list", like)
	var known statuses
	if err == nil {
		known, err = r.statuses("tools/list", list)
	}
	return func(name string) bool {
		status, isThere := known.listed[name]
		return err == nil && isThere && status == pin.Accepted && isListed(name)
	}
}
