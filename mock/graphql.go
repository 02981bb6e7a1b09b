package mock

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// argument matches an argument of a GraphQL document with a variable or a scalar.
var argument = regexp.MustCompile(`([_A-Za-z]\w*)\s*:\s*(?:\$(\w+)|("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true\b|false\b))`)

// arguments returns the arguments of a GraphQL request. The members of objects stand beside them:
// createPost(input: $input) has those of input.
func arguments(document string, sent any) map[string]any {
	out := map[string]any{}
	for _, p := range argument.FindAllStringSubmatch(document, 1000) {
		v, ok := at(sent, "/variables"+jsonvalue.Pointer(p[2]))
		if p[2] == "" {
			v, ok = jsonvalue.Decode([]byte(p[3])), true
		}
		if o, isObject := v.(map[string]any); isObject {
			maps.Copy(out, o)
		} else if ok {
			out[p[1]] = v
		}
	}
	return out
}

// param stands for the argument with the key of an item.
const param = "#"

// address says which item a GraphQL request names, and what its list is asked for.
func (o *operation) address(x *exchange) {
	if x.document == "" || o == nil || o.res == nil {
		return
	}
	x.path[param], _ = text(x.leaves[o.arg])
	for at, v := range x.leaves {
		if s, ok := text(v); ok && at != "" && (len(o.all) < 2 || slices.ContainsFunc(o.all, func(r *exchange) bool { return !same(r.leaves[at], v) })) {
			x.query[at[1:]] = s // an argument with one value for all says nothing
		}
	}
}

// items returns the items in an answer, or in a part of it, by key.
func items(v any, key string) map[string]any {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	out := map[string]any{}
	for _, e := range list {
		v, _ := at(e, key)
		if s, ok := text(v); ok {
			out[s] = e
		}
	}
	return out
}

func (o *operation) items(x *exchange) map[string]any {
	v, _ := at(x.got, o.at)
	return items(v, o.key)
}

// findGraphQL finds the collections of GraphQL operations, and what these do. Variables are to them
// what parameters of paths are to others: the key is what queries name items by.
func (m *Mock) findGraphQL(ctx context.Context, all []*exchange) {
	keys := map[string]int{}
	all = slices.DeleteFunc(slices.Clone(all), func(x *exchange) bool { return x.document == "" || !x.usable || !x.isFine() })
	for _, x := range all {
		if ctx.Err() != nil {
			return
		}
		data, _ := at(x.got, "/data")
		fields, _ := data.(map[string]any)
		for _, item := range fields {
			for at, v := range leavesOf(item) {
				for _, sent := range x.leaves {
					if s, ok := text(v); ok && at != "" && same(sent, s) && call.IsQuery(x.document) {
						keys[at]++
					}
				}
			}
		}
	}
	facts := map[*operation]map[string]bool{} // which items an operation showed, and with which texts
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		for _, o := range m.ops {
			fine := o.where((*exchange).isFine)
			if o.all[0].document == "" || o.key != "" && keys[o.key] >= keys[key] || !o.find(fine, func(_ *exchange, v any) bool { return len(items(v, key)) > 0 }) {
				continue
			}
			o.key, facts[o] = key, map[string]bool{}
			votes := map[string]int{}
			for _, x := range fine {
				if ctx.Err() != nil {
					return
				}
				for id, item := range o.items(x) {
					for arg, sent := range x.leaves {
						if votes[arg] += map[bool]int{true: 1}[same(sent, id)]; 2*votes[arg] > max(len(fine)/2, 1) {
							o.arg = arg
						}
					}
					for at, v := range leavesOf(item) {
						if s, isText := v.(string); isText || at == key {
							facts[o][id+at+"="+s] = at == key
						}
					}
				}
			}
		}
	}
	// Operations that showed the same members of the same items have one collection. One that shows
	// keys alone has that with most of its keys.
	var done []*operation
	for _, o := range slices.SortedFunc(maps.Keys(facts), func(a, b *operation) int {
		return cmp.Or(len(facts[b])-len(facts[a]), strings.Compare(a.all[0].op, b.all[0].op))
	}) {
		most, showsKeys := 0, !slices.Contains(slices.Collect(maps.Values(facts[o])), false)
		for _, other := range done {
			n, members := 0, 0
			for f, isKey := range facts[o] {
				if _, ok := facts[other][f]; ok {
					n, members = n+1, members+map[bool]int{false: 1}[isKey]
				}
			}
			if other.key == o.key && other.all[0].full() == o.all[0].full() && n > most && (5*members > n || showsKeys) {
				o.res, most = other.res, n
			}
		}
		if done = append(done, o); o.res == nil {
			name := o.all[0].full() + "#" + jsonvalue.Tokens(o.at)[1]
			o.res = &resource{template: name + "/{" + param + "}", parent: name, param: param, key: o.key, members: map[string]bool{}}
			m.resources = append(m.resources, o.res)
		}
	}
	for _, o := range done {
		o.findGraphQLRole(m, all)
	}
}

// findGraphQLRole decides what a GraphQL operation does. It deletes if what it names was asked for
// in vain afterwards more often than it was shown.
func (o *operation) findGraphQLRole(m *Mock, all []*exchange) {
	removed, missed := map[string]bool{}, 0
	for _, x := range all {
		other := m.ops[x.op]
		if other.res != o.res {
			continue
		}
		asked, _ := text(x.leaves[other.arg])
		shown := other.items(x)
		if removed[asked] {
			missed += 1 - 2*min(len(shown), 1)
		}
		for key, item := range shown {
			removed[key] = other == o || removed[key] && (other.arg != "" || call.IsQuery(x.document)) // or made anew
			o.res.sample, _ = at(item, o.key)
		}
	}
	fine := o.where((*exchange).isFine)
	switch o.role = changes; {
	case slices.ContainsFunc(fine, func(x *exchange) bool { v, _ := at(x.got, o.at); _, ok := v.([]any); return ok }):
		o.role = lists
	case call.IsQuery(o.all[0].document):
		o.role = map[bool]role{true: reads}[o.arg != ""]
	case o.arg == "":
		o.role = creates
	case missed > 0:
		o.role = deletes
	}
	o.findMembers(fine)
	for _, x := range o.all {
		o.address(x)
	}
}
