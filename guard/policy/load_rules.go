package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// rules reads the conditions of require or deny_if: a list, or a single one. harmless is the result
// of a condition with which a call passes.
func (l *loader) rules(v value, what string, harmless truth) (rules []rule) {
	one := func(v value) {
		r := rule{pointer: v.at}
		if r.cond = l.condition(v, harmless, &r.reason); r.cond != nil {
			r.scopes = scopesOf(r.cond, harmless)
			rules = append(rules, r)
		}
	}
	if v.Kind == yaml.MappingNode {
		one(v)
	} else {
		l.items(v, what, one)
	}
	return rules
}

// condition reads a condition, or returns nil if it is wrong. reason, unless nil, receives the
// message of a denial.
func (l *loader) condition(v value, harmless truth, reason *string) (cond condition) {
	var q comparisonFields
	var forms []string // the kinds of condition that the keys belong to
	form := func(name string) {
		if !slices.Contains(forms, name) {
			forms = append(forms, name)
		}
	}
	list := func(all bool) func(value) {
		return func(v value) {
			g := group{all: all}
			l.items(v, "any and all", func(v value) {
				if c := l.condition(v, harmless, nil); c != nil {
					g.conds = append(g.conds, c)
				}
			})
			if v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
				l.wrong(v, "the list of conditions is empty")
			}
			form("any or all")
			cond = g
		}
	}
	keep := func(to *value) func(value) {
		return func(v value) { *to = v; form("path") }
	}
	fields := []field{
		{"path", keep(&q.path)}, {"op", keep(&q.op)}, {"value", keep(&q.value)}, {"each", keep(&q.each)}, {"optional", keep(&q.optional)},
		{"any", list(false)}, {"all", list(true)},
		{"not", func(v value) {
			form("not")
			if c := l.condition(v, harmless.not(), nil); c != nil {
				cond = negation{c}
			}
		}},
		{"time", func(v value) { form("time"); cond = l.clock(v) }},
		{"tainted", func(v value) { form("tainted"); cond = l.testTaint(v) }},
		{"carries", func(v value) { form("carries"); cond = l.testSecrets(v) }},
		{"after", func(v value) { form("after"); cond = l.testOrder(v) }},
		{"secret", func(v value) { form("secret"); cond = l.secrecy(v, false) }},
		{"personal", func(v value) { form("personal"); cond = l.secrecy(v, true) }},
	}
	if reason != nil {
		read := func(v value) { *reason = l.text(v, "the reason") }
		fields = append(fields, field{"reason", read}, field{"on_deny", read})
	}
	switch ok := l.object(v, "a condition", fields...); {
	case !ok:
		return nil
	case len(forms) == 0:
		l.wrong(v, "a condition has path, op and value, or one of any, all, not, time, secret, personal, tainted, carries and after")
		return nil
	case len(forms) > 1:
		l.wrong(v, "a condition has either path, op and value, or one of any, all, not, time, secret, personal, tainted, carries and after; here are %s",
			strings.Join(forms, " and "))
		return nil
	case forms[0] == "path":
		if c := l.comparison(v, &q, harmless); c != nil {
			return c
		}
		return nil
	}
	return cond
}

// comparisonFields are the values of a comparison, as written in the policy.
type comparisonFields struct{ path, op, value, each, optional value }

// comparison reads a comparison, or returns nil if it is wrong.
func (l *loader) comparison(v value, f *comparisonFields, harmless truth) *comparison {
	before := len(l.problems)
	q := &comparison{}
	if f.path.Node == nil {
		l.wrong(v, "the condition has no path, such as args.amount")
	} else if text := l.text(f.path, "path"); text != "" {
		var err error
		if q.path, err = parsePath(text); err != nil {
			l.wrong(f.path, "%v", err)
		}
		l.reach(f.path, &q.path)
		l.policy.annotated = l.policy.annotated || q.path.root == "annotations"
	}
	switch {
	case f.op.Node == nil:
		l.wrong(v, "the condition has no op: one of %s", operatorNames())
	case !isOperator(f.op.Value):
		l.wrong(f.op, "unknown op %s: one of %s", kindText(f.op), operatorNames())
	default:
		q.op = operator(f.op.Value)
		l.want(v, f.value, q)
	}
	switch many := q.path.isMany(); {
	case f.each.Node != nil && many:
		q.every = l.choice(f.each, "each", "all", "any") == "all"
	case f.each.Node != nil:
		l.wrong(f.each, "each is for paths with [*]")
	case many:
		l.wrong(f.path, "the path leads to several values: say each: all, or each: any")
	}
	if f.optional.Node != nil && l.flag(f.optional, "optional") {
		if q.op == opExists {
			l.wrong(f.optional, "optional has no effect on exists")
		}
		q.ifAbsent = harmless
	}
	if len(l.problems) > before {
		return nil
	}
	return q
}

// want reads the value that a comparison compares with.
func (l *loader) want(cond, v value, q *comparison) {
	if v.Node == nil {
		if q.op != opExists {
			l.wrong(cond, "the condition has no value")
		}
		q.want, q.text = true, ""
		return
	}
	data, err := yamledit.Data(v.Node)
	if err != nil {
		l.wrong(v, "the value cannot be read: %v", err)
		return
	}
	q.want = data
	if q.text = v.Value; v.Kind != yaml.ScalarNode || v.ShortTag() == "!!str" {
		text, _ := json.Marshal(data) // it was read from JSON
		q.text = string(text)
	}
	switch q.op {
	case opLt, opLte, opGt, opGte:
		if _, ok := rational(data); !ok {
			l.wrong(v, "op %s needs a number, not %s", string(q.op), kindText(v))
		}
	case opIn, opNotIn:
		if list, ok := data.([]any); !ok || len(list) == 0 {
			l.wrong(v, "op %s needs a list of values", string(q.op))
			q.want = []any{}
		}
	case opMatches:
		q.pattern = l.regexp(v)
	case opBelow:
		if s, ok := data.(string); !ok || !strings.Contains(s, "/") || isUnclear(s) {
			l.wrong(v, "op below needs a folder such as /srv/data or https://api.example.com/v1, not %s", kindText(v))
		}
	case opExists:
		q.want, q.text = l.flag(v, "the value of exists"), v.Value
	}
}

func operatorNames() string {
	names := make([]string, len(operators))
	for i, o := range operators {
		names[i] = string(o)
	}
	return strings.Join(names, ", ")
}

// clock reads a condition on the time of day.
func (l *loader) clock(v value) *clock {
	k := &clock{to: minutesPerDay, zone: time.UTC}
	minutes := func(to *int) func(value) {
		return func(v value) {
			var ok bool
			if *to, ok = parseClock(v.Value); !ok {
				l.wrong(v, "a time of day is written \"09:30\", in quotes, not %s", kindText(v))
			}
		}
	}
	l.object(v, "time",
		field{"from", minutes(&k.from)}, field{"to", minutes(&k.to)},
		field{"days", func(v value) {
			l.items(v, "days", func(v value) {
				d, ok := parseDay(v.Value)
				if !ok {
					l.wrong(v, "a day is written mon, tue, wed, thu, fri, sat or sun, not %s", kindText(v))
				}
				k.days = append(k.days, d)
			})
		}},
		field{"zone", func(v value) {
			zone, err := time.LoadLocation(v.Value)
			if err != nil || v.Value == "" || v.Value == "Local" {
				l.wrong(v, "unknown time zone %s: write one such as UTC or Europe/Berlin", kindText(v))
				return
			}
			k.zone = zone
		}},
	)
	if k.from == k.to {
		l.wrong(v, "from and to are the same time: leave both out for the whole day")
	}
	return k
}

// limit reads a limit.
func (l *loader) limit(v value) limit {
	m := limit{pointer: v.at, amount: One, max: -1, scope: byGrant}
	var from, increment value
	l.object(v, "a limit",
		field{"counter", func(v value) { m.counter = l.text(v, "counter") }},
		field{"window", func(v value) { m.window = l.window(v) }},
		field{"max", func(v value) { m.max = l.amount(v, "max") }},
		field{"scope", func(v value) { m.scope = l.scope(v) }},
		field{"increment", func(v value) { increment = v; m.amount = l.amount(v, "increment") }},
		field{"increment_from", func(v value) { from = v }},
		field{"reason", func(v value) { m.reason = l.text(v, "the reason") }},
		field{"on_deny", func(v value) { m.reason = l.text(v, "the reason") }},
	)
	if from.Node != nil {
		if increment.Node != nil {
			l.wrong(from, "a limit has increment or increment_from, not both")
		}
		p, err := parsePath(l.text(from, "increment_from"))
		if err == nil && (p.root != "args" || p.isMany()) {
			err = fmt.Errorf("path %q must lead to one argument, such as args.amount", p.text)
		}
		l.reach(from, &p)
		if err != nil {
			l.wrong(from, "%v", err)
		}
		m.from = &p
	}
	for _, missing := range [...]struct {
		is   bool
		name string
	}{{m.counter == "", "counter"}, {m.window == 0 && m.scope != bySession, "window"}, {m.max < 0, "max"}} {
		if missing.is && v.Kind == yaml.MappingNode && yamledit.Get(v.Node, missing.name) == nil {
			l.wrong(v, "the limit has no %s", missing.name)
		}
	}
	return m
}

// rate reads the short form of a limit: "10/minute", or max, window and scope.
func (l *loader) rate(v value) limit {
	m := limit{pointer: v.at, counter: "rate_limit", amount: One}
	if v.Kind == yaml.ScalarNode {
		var ok bool
		if m.max, m.window, ok = parseRate(v.Value); !ok {
			l.wrong(v, "a rate is written 10/minute, or max: 10 and window: 60, not %s", kindText(v))
		}
		return m
	}
	l.object(v, "rate_limit",
		field{"max", func(v value) { m.max = l.amount(v, "max") }},
		field{"window", func(v value) { m.window = l.window(v) }},
		field{"scope", func(v value) { m.scope = l.scope(v) }},
	)
	if v.Kind == yaml.MappingNode && (yamledit.Get(v.Node, "max") == nil || yamledit.Get(v.Node, "window") == nil) {
		l.wrong(v, "rate_limit needs max and window")
	}
	return m
}

func (l *loader) amount(v value, what string) Amount {
	data, _ := yamledit.Data(v.Node)
	n, ok := data.(json.Number)
	if !ok {
		l.wrong(v, "%s must be a number, not %s", what, kindText(v))
		return 0
	}
	a, err := ParseAmount(n)
	if err != nil {
		l.wrong(v, "%s %v", what, err)
	}
	return a
}

func (l *loader) window(v value) time.Duration {
	w, ok := parseWindow(v.Value)
	if !ok || v.Kind != yaml.ScalarNode {
		l.wrong(v, "a window is a number of seconds, or second, minute, hour, day, week, or such as 15m, not %s", kindText(v))
	}
	return w
}
