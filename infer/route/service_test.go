package route

import (
	"fmt"
	"strings"
)

// service is an API that is given as a table of operations, with the values of its parameters and
// the records of its answers.
type service struct {
	*suite
	values  map[string][]string // by name of a parameter
	records map[string]string   // by name: members, as in "id=$user name=word state=on|off tags=@tag[]"
	list    func(items []object) any
	item    func(o object) any
}

// newService returns a service that answers bare lists and objects.
func newService(a *api, records map[string]string) *service {
	s := &service{suite: &suite{api: a}, values: map[string][]string{}, records: records}
	s.list = func(items []object) any { return items }
	s.item = func(o object) any { return o }
	return s
}

// have gives a parameter n of the values, separated by spaces.
func (s *service) have(param string, n int, values string) {
	all := strings.Fields(values)
	s.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	s.values[param] = all[:min(n, len(all))]
}

// make gives a parameter n made values.
func (s *service) make(param string, n int, f func() string) { s.values[param] = some(n, f) }

// run sends n requests to operations of a table with one line for each path: methods, template, and
// the record that it answers; with [] a list of them, with - nothing. Each operation is visited once
// before any is visited again.
func (s *service) run(n int, table string) {
	type operation struct{ method, template, record string }
	var all []operation
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) == 3 {
			for m := range strings.SplitSeq(f[0], ",") {
				all = append(all, operation{m, f[1], f[2]})
			}
		}
	}
	for i := range n {
		if i%len(all) == 0 {
			s.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
		o := all[i%len(all)]
		s.visit(o.method, o.template, o.record)
	}
}

// visit sends one request.
func (s *service) visit(method, template, record string) {
	bound := map[string]string{}
	path := paramExpr.ReplaceAllStringFunc(template, func(p string) string {
		name := p[1 : len(p)-1]
		if s.values[name] == nil {
			panic("no values of " + name)
		}
		bound[name] = pick(s.api, s.values[name]...)
		return bound[name]
	})
	name, listed := strings.CutSuffix(record, "[]")
	var body, request any
	status := 200
	switch {
	case record == "-":
		status = 204
	case listed:
		var items []object
		for range 1 + s.r.IntN(4) {
			items = append(items, s.build(name, bound, strings.HasSuffix(template, "}"), 0))
		}
		body = s.list(items)
	default:
		body = s.item(s.build(name, bound, true, 0))
	}
	if method == "POST" || method == "PUT" || method == "PATCH" {
		if record != "-" {
			if o := s.build(name, map[string]string{}, false, 0); len(o) > 4 {
				request = o[2:]
			}
		}
		if method == "POST" && record != "-" {
			status = 201
		}
	}
	if method == "DELETE" {
		body, status = nil, 204
	}
	s.do(method, template, path, request, status, body)
}

// build makes a record. The values of the path are those of the record itself if it was asked for,
// and otherwise those of the things that contain it.
func (s *service) build(record string, bound map[string]string, itself bool, depth int) object {
	text, ok := s.records[record]
	if !ok {
		panic("no record " + record)
	}
	var o object
	for i, f := range strings.Fields(text) {
		name, value, _ := strings.Cut(f, "=")
		if i == 0 && !itself && depth == 0 && strings.HasPrefix(value, "$") {
			o = append(o, name, pick(s.api, s.values[value[1:]]...))
			continue
		}
		o = append(o, name, s.value(value, bound, depth))
	}
	return o
}

// value makes the value of a member.
func (s *service) value(kind string, bound map[string]string, depth int) any {
	if param, ok := strings.CutPrefix(kind, "$"); ok {
		if v, ok := bound[param]; ok {
			return v
		}
		if s.values[param] == nil {
			panic("no values of " + param)
		}
		return pick(s.api, s.values[param]...)
	}
	if record, ok := strings.CutPrefix(kind, "@"); ok {
		if name, ok := strings.CutSuffix(record, "[]"); ok {
			return some(1+s.r.IntN(2), func() object { return s.build(name, map[string]string{}, false, depth+1) })
		}
		return s.build(record, map[string]string{}, false, depth+1)
	}
	switch kind {
	case "int":
		return s.r.IntN(500)
	case "num":
		return 1.5
	case "bool":
		return s.chance(.5)
	case "null":
		return nil
	case "time":
		return s.when()
	case "day":
		return s.day()
	case "uuid":
		return s.id(styleUUID)
	case "hex":
		return s.hex(16)
	case "person":
		return pick(s.api, strings.Fields("Alice Bob Carol Dave Erin Frank Grace Heidi")...) + " " + pick(s.api,
			strings.Fields("Smith Jones Meyer Dubois Rossi Larsen")...)
	case "mail":
		return fmt.Sprintf("%s.%d@example.com", s.word(2), s.r.IntN(99))
	case "text":
		return "The " + s.word(2) + " of " + s.word(3) + "."
	case "words":
		return pick(s.api, strings.Fields("Standard Basic Test Sample Default Primary Second New")...) + " " +
			pick(s.api, strings.Fields("one item thing entry object record")...)
	case "url":
		return "https://cdn.example.net/" + s.hex(8)
	}
	return pick(s.api, strings.Split(kind, "|")...)
}

// data puts answers into an envelope.
func (s *service) data() {
	s.item = func(o object) any { return object{"data", o} }
	s.list = func(items []object) any {
		return object{"data", items, "meta", object{"total", len(items), "page", 1}}
	}
}

// coded puts answers into an envelope with a code of its own.
func (s *service) coded() {
	s.item = func(o object) any { return object{"code", 200, "msg", "ok", "data", o} }
	s.list = func(items []object) any {
		return object{"code", 200, "msg", "ok", "data", object{"total", len(items), "rows", items}}
	}
}

// int returns a maker of integers from low.
func (s *service) int(low, n int) func() string {
	return func() string { return fmt.Sprint(low + s.r.IntN(n)) }
}

// uuid makes a UUID.
func (s *service) uuid() string { return s.id(styleUUID) }
