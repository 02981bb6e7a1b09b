package openapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// A text has one operation for each method and path, since routers know no fragments. Operations
// that share a URL are in its [ExtOperations]. The program has each as an operation of a path with
// a fragment: reading unfolds, writing folds. Record 0087 says why.

// otherOperation is the name of an operation without a fragment that shares its URL with others. No
// name of a call has parentheses.
const otherOperation = "(other)"

// maxFragments bounds the bytes of the paths with fragments that a document has more when it is
// unfolded: each has the path of its URL.
const maxFragments = 64 << 20

// unfold makes paths with fragments of the members of [ExtOperations].
func unfold(top members) (members, error) {
	if !bytes.Contains(top["paths"], []byte(ExtOperations)) {
		return top, nil
	}
	left := maxFragments
	paths, _ := membersOf(top["paths"])
	for path, raw := range maps.Clone(paths) {
		item, _ := membersOf(raw)
		rest := maps.Clone(item)
		for key := range item {
			op, _ := membersOf(item[key])
			inner, _ := membersOf(op[ExtOperations])
			if !IsOperationKey(key) || len(inner) == 0 {
				continue
			}
			delete(rest, key)
			for name, raw := range inner {
				if name == otherOperation {
					rest[key] = raw
					continue
				}
				if left -= len(path) + len(name); left < 0 {
					return nil, errNames
				}
				own, _ := membersOf(paths[path+"#"+name])
				if own == nil {
					own = members{}
				}
				own[key] = raw
				paths[path+"#"+name] = own.object()
			}
		}
		if paths[path] = rest.object(); len(rest) < len(item) && !slices.ContainsFunc(slices.Collect(maps.Keys(rest)), IsOperationKey) {
			delete(paths, path)
		}
	}
	top = maps.Clone(top)
	top["paths"] = paths.object()
	return top, nil
}

// foldOperations gives the data of a document one operation for those that share a method and a
// URL. It returns the paths with such an operation, and the components that it added: schemas that
// both have.
func foldOperations(root map[string]any) (folded []string, added map[string]any) {
	paths, _ := root["paths"].(map[string]any)
	groups := map[string]map[string]map[string]any{} // operations by path, key of the method, and name
	for path, v := range paths {
		base, name, isVariant := strings.Cut(path, "#")
		item, _ := v.(map[string]any)
		if to, _ := paths[base].(map[string]any); !isVariant || !hasVariants(item) || to["$ref"] != nil {
			continue
		}
		for key, op := range item {
			if op, ok := op.(map[string]any); ok && IsOperationKey(key) {
				if groups[base] == nil {
					groups[base] = map[string]map[string]any{}
				}
				if groups[base][key] == nil {
					groups[base][key] = map[string]any{}
				}
				groups[base][key][name] = (&folder{root: root}).base(item, op)
			}
		}
		delete(paths, path)
	}
	f := &folder{root: root, ids: map[string]bool{}, added: map[string]any{}}
	for _, v := range paths {
		item, _ := v.(map[string]any)
		for _, op := range item {
			if op, ok := op.(map[string]any); ok {
				f.ids[textOf(op, "operationId")] = true
			}
		}
	}
	folded = slices.Sorted(maps.Keys(groups))
	for _, path := range folded {
		item, _ := paths[path].(map[string]any)
		if item == nil {
			item = map[string]any{}
		}
		for _, key := range slices.Sorted(maps.Keys(groups[path])) {
			all := groups[path][key]
			if own, ok := item[key].(map[string]any); ok {
				all[otherOperation] = f.base(item, own)
			}
			item[key] = f.union(path, key, all)
		}
		paths[path] = item
	}
	return folded, f.added
}

// hasVariants reports whether the operations of a path item have [ExtVariant].
func hasVariants(item map[string]any) bool {
	for key, op := range item {
		if op, ok := op.(map[string]any); IsOperationKey(key) && (!ok || op[ExtVariant] == nil) {
			return false
		}
	}
	return true
}

// folder makes one operation of several.
type folder struct {
	root  map[string]any
	ids   map[string]bool // operationIds that are taken
	added map[string]any  // components
}

// share makes components of the bodies of an operation that are records.
func (f *folder) share(op map[string]any) {
	shareAll := func(message any, role string) {
		content, _ := f.follow(message)["content"].(map[string]any)
		for _, kind := range slices.Sorted(maps.Keys(content)) {
			media, _ := content[kind].(map[string]any)
			schema, _ := media["schema"].(map[string]any)
			if id := textOf(op, "operationId"); schema["properties"] != nil && id != "" {
				media["schema"] = map[string]any{"$ref": SchemaPrefix + f.component(strings.ToUpper(id[:1])+id[1:]+role, schema)}
			}
		}
	}
	shareAll(op["requestBody"], "Request")
	responses, _ := op["responses"].(map[string]any)
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		shareAll(responses[status], "Response")
	}
}

// component adds a schema under a name, or one with a number if that is taken.
func (f *folder) component(name string, schema any) string {
	at := f.root
	for _, key := range []string{"components", "schemas"} {
		below, _ := at[key].(map[string]any)
		if below == nil {
			below = map[string]any{}
			at[key] = below
		}
		at = below
	}
	free := FreeName(name, func(s string) bool { return at[s] != nil })
	at[free], f.added[free] = schema, schema
	return free
}

func (f *folder) follow(v any) map[string]any { return (&from32{root: f.root}).follow(v) }

// base returns an operation with the parameters and servers of its path item.
func (f *folder) base(item, op map[string]any) map[string]any {
	out := maps.Clone(op)
	own, _ := op["parameters"].([]any)
	shared, _ := item["parameters"].([]any)
	all := slices.Clone(own)
	for _, p := range shared {
		hasName := func(o any) bool { return f.nameOf(o) == f.nameOf(p) }
		if !slices.ContainsFunc(own, hasName) {
			all = append(all, p)
		}
	}
	if len(all) > 0 {
		out["parameters"] = all
	}
	if item["servers"] != nil && out["servers"] == nil {
		out["servers"] = item["servers"]
	}
	return out
}

// nameOf returns the location and the name of a parameter.
func (f *folder) nameOf(p any) [2]string {
	m := f.follow(p)
	return [2]string{textOf(m, "in"), textOf(m, "name")}
}

// union returns an operation that accepts and answers what any of the others does.
func (f *folder) union(path, key string, all map[string]any) map[string]any {
	var operations []map[string]any
	var names []string
	id, kind := key, ""
	for _, name := range slices.Sorted(maps.Keys(all)) {
		op, _ := all[name].(map[string]any)
		operations, names = append(operations, op), append(names, name)
		f.ids[textOf(op, "operationId")] = true
		f.share(op)
		if v, ok := op[ExtVariant].(map[string]any); ok && kind == "" {
			kind, _, _ = strings.Cut(textOf(v, "kind"), " ")
		}
	}
	isLetter := func(r rune) bool { return r < 0x80 && (r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9') }
	for word := range strings.FieldsFuncSeq(path, func(r rune) bool { return !isLetter(r) }) {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	free := FreeName(id, func(s string) bool { return f.ids[s] })
	f.ids[free] = true
	out := map[string]any{
		"operationId": free, ExtOperations: all,
		"summary":     strings.TrimSpace(kind + " operations"),
		"description": "The request names the operation: " + strings.Join(names, ", ") + ". See `" + ExtOperations + "`.",
	}
	get := func(member string) (values []any) {
		for _, op := range operations {
			values = append(values, op[member])
		}
		return values
	}
	for _, member := range []string{"tags", "servers"} {
		if list := distinct(flat(get(member))); len(list) > 0 {
			out[member] = list
		}
	}
	if security := distinct(get("security")); len(security) == 1 && security[0] != nil {
		out["security"] = security[0]
	} else if len(security) > 1 {
		for i, s := range security {
			if list, _ := s.([]any); len(list) == 0 {
				security[i] = []any{map[string]any{}} // OpenAPI's other way to require no security
			}
		}
		out["security"] = distinct(flat(security))
	}
	if list := f.parameters(get("parameters")); len(list) > 0 {
		out["parameters"] = list
	}
	if bodies := distinct(get("requestBody")); len(bodies) == 1 && bodies[0] != nil {
		out["requestBody"] = bodies[0]
	} else if len(bodies) > 1 {
		required := true
		for _, b := range bodies {
			required = required && f.follow(b)["required"] == true
		}
		body := map[string]any{"content": f.content(bodies)}
		if required {
			body["required"] = true
		}
		out["requestBody"] = body
	}
	out["responses"] = f.responses(get("responses"))
	return out
}

// flat returns the elements of lists.
func flat(lists []any) (out []any) {
	for _, v := range lists {
		list, _ := v.([]any)
		out = append(out, list...)
	}
	return out
}

// distinct returns values without those that equal an earlier one.
func distinct(values []any) (out []any) {
	seen := map[string]bool{}
	for _, v := range values {
		text, _ := json.Marshal(v) // data of JSON always can
		if !seen[string(text)] {
			seen[string(text)] = true
			out = append(out, v)
		}
	}
	return out
}

// parameters unites lists of parameters. One that some operations lack is optional.
func (f *folder) parameters(lists []any) (out []any) {
	byName := map[[2]string][]any{}
	var names [][2]string
	for _, p := range flat(lists) {
		name := f.nameOf(p)
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], p)
	}
	for _, name := range names {
		all := byName[name]
		if len(all) == len(lists) && len(distinct(all)) == 1 {
			out = append(out, all[0])
			continue
		}
		p, required, schemas := maps.Clone(f.follow(all[0])), len(all) == len(lists), []any{}
		for _, other := range all {
			m := f.follow(other)
			required = required && m["required"] == true
			schemas = append(schemas, m["schema"])
		}
		if p["schema"] != nil {
			p["schema"] = anyOf(schemas)
		}
		if delete(p, "required"); required {
			p["required"] = true
		}
		out = append(out, p)
	}
	return out
}

// anyOf returns a schema of what one of several admits.
func anyOf(schemas []any) any {
	switch schemas = distinct(schemas); {
	case slices.Contains(schemas, nil):
		return map[string]any{}
	case len(schemas) == 1:
		return schemas[0]
	}
	return map[string]any{"anyOf": schemas}
}

// content unites the media types of request bodies or responses.
func (f *folder) content(messages []any) map[string]any {
	byType := map[string][]any{}
	for _, m := range messages {
		content, _ := f.follow(m)["content"].(map[string]any)
		for name, media := range content {
			byType[name] = append(byType[name], media)
		}
	}
	out := map[string]any{}
	for name, all := range byType {
		if out[name] = all[0]; len(distinct(all)) == 1 {
			continue
		}
		var schemas []any
		for _, media := range all {
			schemas = append(schemas, f.follow(media)["schema"])
		}
		media := maps.Clone(f.follow(all[0]))
		delete(media, "example")
		delete(media, "examples")
		media["schema"] = anyOf(schemas)
		out[name] = media
	}
	return out
}

// responses unites responses by status. Links belong to one operation each.
func (f *folder) responses(all []any) map[string]any {
	byStatus := map[string][]any{}
	for _, v := range all {
		responses, _ := v.(map[string]any)
		for status, r := range responses {
			byStatus[status] = append(byStatus[status], r)
		}
	}
	out := map[string]any{}
	for status, list := range byStatus {
		if out[status] = list[0]; len(distinct(list)) == 1 || strings.HasPrefix(status, "x-") {
			continue
		}
		headers := map[string]any{}
		for _, r := range slices.Backward(list) {
			own, _ := f.follow(r)["headers"].(map[string]any)
			maps.Copy(headers, own)
		}
		r := map[string]any{"description": textOf(f.follow(list[0]), "description")}
		if len(headers) > 0 {
			r["headers"] = headers
		}
		if content := f.content(list); len(content) > 0 {
			r["content"] = content
		}
		out[status] = r
	}
	return out
}
