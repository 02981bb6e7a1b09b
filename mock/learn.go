package mock

import (
	"cmp"
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// role is what an operation does with a collection.
type role int

const (
	creates role = iota + 1
	reads
	lists
	changes
	deletes
)

// learned is what the mock knows of the API. It does not change once it is learned.
type learned struct {
	resources []*resource // sorted by template
	ops       map[string]*operation
	failures  operation // of all operations, and what is of none
}

// resource is a kind of collection, such as /users/{user}/orders.
type resource struct {
	template, parent string          // of the items, and of the collection
	param            string          // the parameter at the end of template
	key              string          // JSON pointer of the key in an item
	keys             []string        // that were seen
	sample           any             // a key as items have it
	members          map[string]bool // JSON pointers of the leaves of items in all answers
	made             []change        // of all operations, the last ones
}

// operation is what was recorded of an operation.
type operation struct {
	all     []*exchange
	role    role
	res     *resource
	at      string              // JSON pointer of the item or the list in an answer, or noItem
	members map[string]bool     // JSON pointers of the leaves of items in its answers
	made    map[string][]change // by path of the collection, "" for all: what requests changed
	seen    []listed
	arg     string // of GraphQL: JSON pointers of the argument with the key
	key     string // of GraphQL: that of the key in an item
	listing *listing
}

// noItem stands for the place of an item in answers without one.
const noItem = "-"

// learn reads exchanges, oldest first, and returns the state at their end.
func (m *Mock) learn(ctx context.Context, all []*exchange) (world, error) {
	m.ops = map[string]*operation{}
	for _, x := range all {
		if x.status() >= 400 {
			m.failures.all = append(m.failures.all, x)
		}
		if m.ops[x.op] == nil {
			m.ops[x.op] = &operation{at: noItem}
		}
		m.ops[x.op].all = append(m.ops[x.op].all, x)
	}
	m.findResources()
	for _, o := range m.ops {
		m.findRole(o)
	}
	m.findGraphQL(ctx, all)
	// An item that is seen before a request creates it was there from the start.
	first := world{}
	err := m.replay(ctx, all, world{}, first)
	end := first.clone()
	err = cmp.Or(err, m.replay(ctx, all, end, nil))
	for _, o := range m.ops {
		if o.role == lists {
			o.explain(ctx)
		}
	}
	return map[bool]world{false: end, true: first}[m.c.AtStart], cmp.Or(err, ctx.Err())
}

// places yields the objects and lists of an answer, down to the second level, by JSON pointer.
func places(v any) map[string]any {
	out := map[string]any{"": v}
	for range 2 {
		for pointer, v := range maps.Clone(out) {
			o, _ := v.(map[string]any)
			for name, e := range o {
				out[pointer+jsonvalue.Pointer(name)] = e
			}
		}
	}
	return out
}

// findResources finds the templates whose last parameter is the key of the item in the answer.
func (m *Mock) findResources() {
	type place struct{ template, item, key string }
	votes, keys, samples, listed := map[place]int{}, map[string][]string{}, map[string]any{}, map[[2]string]int{}
	for _, o := range m.ops {
		for _, x := range o.where((*exchange).isFine) {
			_, param := lastParam(x.full())
			for pointer, v := range places(x.got) {
				if list, _ := v.([]any); len(list) > 0 {
					for at := range leavesOf(list[0]) {
						listed[[2]string{x.full(), at}] = 1
					}
				}
				for at, v := range leavesOf(v) {
					if s, ok := text(v); ok && param != "" && s == x.path[param] && at != "" {
						votes[place{x.full(), pointer, at}]++
						keys[x.full()], samples[x.full()] = append(keys[x.full()], s), v
					}
				}
			}
		}
	}
	score := func(p place) int {
		parent, _ := lastParam(p.template)
		return votes[p] * (1 + listed[[2]string{parent, p.key}])
	}
	for _, p := range slices.SortedFunc(maps.Keys(votes), func(a, b place) int {
		return cmp.Or(strings.Compare(a.template, b.template), score(b)-score(a), len(a.key)-len(b.key), strings.Compare(a.item+a.key, b.item+b.key))
	}) {
		n := len(m.resources)
		if parent, param := lastParam(p.template); n == 0 || m.resources[n-1].template != p.template {
			m.resources = append(m.resources, &resource{p.template, parent, param, p.key, keys[p.template], samples[p.template], map[string]bool{}, nil})
		}
	}
}

// lastParam returns the parameter that a template ends with, "" if there is none, and what stands
// before it.
func lastParam(template string) (parent, param string) {
	parent, last := path.Split(template)
	if strings.HasPrefix(last, "{") && strings.HasSuffix(last, "}") {
		param = strings.Trim(last, "{}")
	}
	return strings.TrimSuffix(parent, "/"), param
}

// findRole decides what an operation does.
func (m *Mock) findRole(o *operation) {
	template, method := o.all[0].full(), o.all[0].match.Method
	fine := o.where((*exchange).isFine)
	if len(fine) == 0 || !o.all[0].ok || strings.Contains(o.all[0].op, "#") {
		return
	}
	for _, r := range m.resources {
		isList := func(_ *exchange, v any) bool {
			list, _ := v.([]any)
			return len(list) > 0 && !slices.ContainsFunc(list, func(e any) bool { return keyOf(r, e) == "" })
		}
		isItem := func(x *exchange, v any) bool {
			k := keyOf(r, v)
			return k != "" && (x.path[r.param] == "" || x.path[r.param] == k)
		}
		below, isBelow := strings.CutPrefix(template, r.template+"/")
		switch {
		case method == "GET" && template == r.parent && o.find(fine, isList):
			o.role = lists
		case template == r.parent && method == "POST" && (o.find(fine, isItem) || fine[0].flow.Response.Header.Has("Location")):
			o.role = creates
		case template == r.template && method == "GET" && o.find(fine, isItem):
			o.role = reads
		case template == r.template && method == "DELETE":
			o.find(fine, isItem)
			o.role = deletes
		case template == r.template && (o.find(fine, isItem) || method == "PUT" || method == "PATCH"),
			isBelow && method != "GET" && !strings.Contains(below, "{") && o.find(fine, isItem):
			o.role = changes
		default:
			continue
		}
		o.res = r
		o.findMembers(fine)
		return
	}
}

func (o *operation) findMembers(fine []*exchange) {
	o.members = map[string]bool{}
	for _, x := range fine {
		v, _ := at(x.got, o.at)
		for _, e := range items(v, o.res.key) {
			for at := range leavesOf(e) {
				o.members[at], o.res.members[at] = true, true
			}
		}
	}
	delete(o.members, "") // of what is no object
}

// merge returns the item of an answer, with the members of the item so far that no answer of the
// operation has.
func (o *operation) merge(old, item any) any {
	leaves := leavesOf(item)
	for at, v := range leavesOf(old) {
		if !o.members[at] && o.res.members[at] {
			leaves[at] = v
		}
	}
	return unflatten(leaves)
}

// view returns an item without the members that only answers of other operations have.
func (o *operation) view(item any) any {
	leaves := leavesOf(item)
	maps.DeleteFunc(leaves, func(at string, _ any) bool { return !o.members[at] && o.res.members[at] })
	return unflatten(leaves)
}

// find finds where most answers have what is reports, and reports whether they do.
func (o *operation) find(fine []*exchange, is func(x *exchange, v any) bool) bool {
	votes := map[string]int{}
	for _, x := range fine {
		for pointer, v := range places(x.got) {
			if is(x, v) {
				votes[pointer]++
			}
		}
	}
	for _, pointer := range slices.Sorted(maps.Keys(votes)) {
		if votes[pointer] > votes[o.at] {
			o.at = pointer
		}
	}
	return votes[o.at] > 0
}

// keyOf returns the key of an item, or "".
func keyOf(r *resource, item any) string {
	v, _ := at(item, r.key)
	s, _ := text(v)
	return s
}

// maxChanges bounds the changes and the lists of an operation that are kept, by path.
const maxChanges = 64

// replay lets a world follow the recording. It keeps what requests changed and lists showed. first,
// unless nil, gets the items that were there from the start.
func (m *Mock) replay(ctx context.Context, all []*exchange, w, first world) error {
	for _, o := range m.ops {
		o.made, o.seen = map[string][]change{}, nil
	}
	for _, r := range m.resources {
		r.made = nil
	}
	for _, x := range all {
		o := m.ops[x.op]
		if err := ctx.Err(); err != nil {
			return err
		}
		if o == nil || o.role == 0 {
			continue
		}
		r := o.res
		where, key := x.fill(r.parent), x.path[r.param]
		if !x.isFine() {
			if x.status() == 404 && o.role == reads && !m.lacks(x) {
				w.remove(where, key)
			}
			continue
		}
		item, has := at(x.got, o.at)
		before, known := w.at(where).Items[key]
		if has && item == nil && x.document != "" { // it is not there
			w.remove(where, key)
			continue
		}
		isNew := o.role == creates || x.status() == 201
		switch {
		case o.role == deletes:
			w.remove(where, key)
			continue
		case o.role == lists:
			list, _ := item.([]any)
			o.seen = append(o.seen, listed{x, list, w.list(where)})
			o.seen = o.seen[max(len(o.seen)-maxChanges, 0):]
			for _, e := range list {
				if k := keyOf(r, e); k != "" {
					old, known := w.at(where).Items[k]
					if e = o.merge(old, e); !known && first != nil {
						first.set(where, k, e)
					}
					w.set(where, k, e)
				}
			}
			continue
		case has && o.role == creates:
			key, item = keyOf(r, item), o.merge(x.sent, item)
		case !has && o.role == creates:
			key, item = decode.Unescape(path.Base(x.flow.Response.Header.Get("Location"))), x.sent
		case !has && x.match.Method == "PUT":
			item = x.sent
		case !has:
			item = overlay(before, x.sent)
		default:
			item = o.merge(overlay(before, x.sent), item)
		}
		if key == "" || item == nil {
			continue
		}
		if !known && !isNew && first != nil {
			first.set(where, key, item)
		}
		if o.role != reads && (known || isNew) {
			c := change{x, leavesOf(before), leavesOf(item)}
			keep := func(all []change) []change { return append(all, c)[max(len(all)+1-maxChanges, 0):] }
			o.made[where], o.made[""], r.made = keep(o.made[where]), keep(o.made[""]), keep(r.made)
		}
		w.set(where, key, item)
	}
	return nil
}

// overlay returns an item with the members of another.
func overlay(item, with any) any {
	leaves := leavesOf(item)
	maps.Copy(leaves, leavesOf(with))
	return unflatten(leaves)
}
