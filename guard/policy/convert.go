package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// Convert translates a policy of Intercept, in YAML, into one of this language. The notes list
// differences in meaning. Rules without a counterpart are errors: a [*LoadError] lists all of them.
func Convert(ctx context.Context, name string, data []byte) (text []byte, notes []string, err error) {
	c := &converter{has: map[string]bool{}}
	root, err := c.parse(ctx, name, "an Intercept policy", data)
	if err != nil {
		return nil, nil, err
	}
	out := c.convert(valueOf(root, ""))
	if err := loadError(name, c.problems); err != nil {
		return nil, nil, err
	}
	if text, err = yamledit.Encode(out); err != nil {
		return nil, nil, fmt.Errorf("write the policy: %w", err)
	}
	if _, err := Load(ctx, "the result", text); err != nil {
		return nil, nil, fmt.Errorf("convert %s: %w", name, err)
	}
	for _, note := range differences {
		if c.has[note] {
			notes = append(notes, note)
		}
	}
	return text, append(notes, c.notes...), nil
}

// Features whose meaning differs between Intercept and this language.
const (
	slidingWindows = "limits: windows slide, where those of Intercept start anew with each minute, hour or day"
	failedCalls    = "limits: a call counts even if it fails, where Intercept takes back what a failed call used up"
	decimals       = "limits: an amount counts with its decimals, where Intercept cuts them off; a negative one is denied, where Intercept counts it back"
	strictTypes    = `conditions: values of different types are not comparable, where Intercept takes "5" for 5; the call is denied`
	waitingCalls   = "approvals: a call waits for a person while spectap approvals decides, where Intercept refuses it until it is made again"
	deniedNull     = "conditions: neq and not_in deny null, as they deny an argument that is absent; with Intercept null passes"
)

var differences = []string{slidingWindows, failedCalls, decimals, strictTypes, waitingCalls, deniedNull}

// converter reads a policy of Intercept.
type converter struct {
	loader
	notes []string        // differences in meaning, each with its line
	has   map[string]bool // the differences that the policy has
}

func (c *converter) convert(v value) *yaml.Node {
	out := yamledit.Mapping()
	set := func(key string, n *yaml.Node) { out.Content = append(out.Content, yamledit.String(key), n) }
	set("version", yamledit.Scalar(json.Number("1")))
	byDefault := "allow" // that of Intercept
	var all *yaml.Node
	tools := yamledit.Mapping()
	c.object(v, "an Intercept policy",
		field{"version", func(v value) {
			if v.Value != "1" {
				c.wrong(v, "version must be \"1\", not %s", kindText(v))
			}
		}},
		field{"description", func(v value) { set("description", yamledit.String(c.text(v, "description"))) }},
		field{"default", func(v value) { byDefault = c.choice(v, "default", "allow", "deny") }},
		field{"hide", func(v value) {
			list := yamledit.Sequence()
			c.items(v, "hide", func(v value) {
				list.Content = append(list.Content, yamledit.String(c.text(v, "a name in hide")))
			})
			set("hide", list)
		}},
		field{"approvals", func(v value) {
			c.note(v, "approvals names channels, which are flags of spectap gateway: --approvals FILE, and --approval-webhook URL")
		}},
		field{"tools", func(v value) {
			c.pairs(v, "tools", func(name string, key, v value) {
				entry := c.tool(name, v)
				switch {
				case name == "*":
					all = entry
				case strings.Contains(name, "*"):
					c.wrong(key, "Intercept takes the * in %q for itself; a pattern would match other tools too", name)
				default:
					tools.Content = append(tools.Content, yamledit.String(name), entry)
				}
			})
		}},
	)
	set("default", yamledit.String(byDefault))
	if all == nil {
		all = yamledit.Mapping()
	}
	if c.has[waitingCalls] && yamledit.Get(all, "action") == nil && yamledit.Get(all, "require_approval") == nil {
		all.Content = append(all.Content, yamledit.String("require_approval"), yamledit.Scalar(false)) // of tools without such a rule
	}
	if len(all.Content) > 0 {
		set("all_tools", all)
	}
	if len(tools.Content) > 0 {
		set("tools", tools)
	}
	return out
}

// foreignRule is a rule of Intercept.
type foreignRule struct {
	at         value
	name       string
	deny       bool
	reason     string
	rate       value
	approval   bool  // a person must agree
	timeout    value // of the approval
	conditions []foreignCondition
	state      *foreignState
}

type foreignCondition struct{ path, op, value value }

type foreignState struct {
	at                       value
	counter, window          string
	increment, incrementFrom value
	used                     bool // a condition bounds it
}

// tool converts the rules for one tool.
func (c *converter) tool(name string, v value) *yaml.Node {
	var rules []*foreignRule
	c.object(v, "a tool", field{"rules", func(v value) {
		if v.ShortTag() == "!!null" {
			return
		}
		c.items(v, "rules", func(v value) { rules = append(rules, c.rule(v)) })
	}})
	for _, r := range rules {
		if !r.deny {
			continue
		}
		if len(rules) > 1 {
			c.note(r.at, "the tool is denied, so its other rules are left out")
		}
		return mapping("action", yamledit.String("deny"), "reason", optionalText(r.reason))
	}
	var require, limits []*yaml.Node
	var approval *yaml.Node
	for _, r := range rules {
		if r.approval {
			approval = c.approvalOf(r, approval)
			continue
		}
		for _, q := range r.conditions {
			if strings.HasPrefix(q.path.Value, "state.") {
				limits = appendNode(limits, c.limitOf(name, r, q, rules), r.name)
			} else {
				require = appendNode(require, c.requirement(r, q), r.name)
			}
		}
		if r.rate.Node != nil {
			limits = appendNode(limits, c.rateOf(r), r.name)
		}
	}
	for _, r := range rules {
		if r.state != nil && !r.state.used {
			c.note(r.state.at, "no condition bounds the counter "+strconv.Quote(r.state.counter)+", so it is left out")
		}
	}
	if len(limits) > 0 {
		c.has[slidingWindows], c.has[failedCalls] = true, true
	}
	if len(require) > 0 {
		c.has[strictTypes] = true
	}
	return mapping("require", list(require), "limits", list(limits), "require_approval", approval)
}

// approvalOf converts a rule that requires an approval. before is the result of an earlier rule for
// the tool, or nil: the shortest time counts.
func (c *converter) approvalOf(r *foreignRule, before *yaml.Node) *yaml.Node {
	c.has[waitingCalls] = true
	if len(r.conditions) > 0 {
		c.note(r.at, "the approval has conditions, which are left out: every call of the tool needs it")
	}
	within := yamledit.Get(before, "within")
	if r.timeout.Node != nil {
		if now := c.window(r.timeout); within != nil {
			if earlier, _ := parseWindow(within.Value); earlier < now {
				return before
			}
		}
		within = yamledit.String(r.timeout.Value)
	}
	n := mapping("within", within, "reason", optionalText(r.reason))
	if len(n.Content) == 0 {
		return yamledit.Scalar(true)
	}
	n.HeadComment = strings.Join(strings.Fields(r.name), " ")
	return n
}

// appendNode appends n, with the name of its rule as a comment, unless it is nil.
func appendNode(nodes []*yaml.Node, n *yaml.Node, name string) []*yaml.Node {
	if n == nil {
		return nodes
	}
	n.HeadComment = strings.Join(strings.Fields(name), " ")
	return append(nodes, n)
}

// rule reads a rule.
func (c *converter) rule(v value) *foreignRule {
	r := &foreignRule{at: v}
	c.object(v, "a rule",
		field{"name", func(v value) { r.name = c.text(v, "name") }},
		field{"action", func(v value) {
			action := c.choice(v, "action", "evaluate", "deny", "require_approval")
			r.deny, r.approval = action == "deny", action == "require_approval"
		}},
		field{"approval_timeout", func(v value) { r.timeout = v }},
		field{"on_deny", func(v value) { r.reason = c.text(v, "on_deny") }},
		field{"rate_limit", func(v value) { r.rate = v }},
		field{"conditions", func(v value) {
			c.items(v, "conditions", func(v value) {
				var q foreignCondition
				c.object(v, "a condition", field{"path", func(v value) { q.path = v }},
					field{"op", func(v value) { q.op = v }}, field{"value", func(v value) { q.value = v }})
				if q.path.Node == nil || q.op.Node == nil || q.value.Node == nil {
					c.wrong(v, "a condition needs path, op and value")
					return
				}
				r.conditions = append(r.conditions, q)
			})
		}},
		field{"state", func(v value) {
			r.state = &foreignState{at: v}
			c.object(v, "state",
				field{"counter", func(v value) { r.state.counter = c.text(v, "counter") }},
				field{"window", func(v value) { r.state.window = c.choice(v, "window", "minute", "hour", "day") }},
				field{"increment", func(v value) { r.state.increment = v }},
				field{"increment_from", func(v value) { r.state.incrementFrom = v }},
			)
		}},
	)
	switch {
	case r.timeout.Node != nil && !r.approval:
		c.wrong(v, "approval_timeout stands beside another action than require_approval")
	case r.approval && (r.rate.Node != nil || r.state != nil):
		c.wrong(v, "action: require_approval stands beside rate_limit or state: write them as a rule of their own")
	case r.rate.Node != nil && (r.deny || len(r.conditions) > 0 || r.state != nil):
		c.wrong(v, "rate_limit stands beside action: deny, conditions or state")
	case !r.deny && !r.approval && r.rate.Node == nil && len(r.conditions) == 0:
		c.wrong(v, "the rule has no conditions, so it denies nothing")
	case r.deny && len(r.conditions) > 0:
		c.wrong(v, "a rule with action: deny has conditions")
	}
	return r
}

// requirement converts a condition on an argument.
func (c *converter) requirement(r *foreignRule, q foreignCondition) *yaml.Node {
	path, ok := convertPath(q.path.Value)
	if !ok {
		c.wrong(q.path, "path %s must start with args. or state.", kindText(q.path))
		return nil
	}
	op := q.op.Value
	if op == "regex" {
		op = string(opMatches)
	} else if !isOperator(op) || op == string(opMatches) || op == string(opBelow) {
		c.wrong(q.op, "unknown op %s", kindText(q.op))
		return nil
	}
	comparison := func(op operator, want *yaml.Node) *yaml.Node {
		return mapping("path", yamledit.String(path), "op", yamledit.String(string(op)), "value", want)
	}
	var n *yaml.Node
	switch isNull, isNotNull := comparison(opEq, yamledit.Scalar(nil)), comparison(opNeq, yamledit.Scalar(nil)); {
	case op != string(opExists):
		n = comparison(operator(op), yamledit.Copy(q.value.Node))
		if op == string(opNeq) || op == string(opNotIn) { // they deny a missing value, for which a server may take null
			c.has[deniedNull] = true
			n = mapping("all", list([]*yaml.Node{isNotNull, n}))
		}
	case c.flag(q.value, "the value of exists"): // Intercept treats null as absent
		n = isNotNull
	default:
		n = mapping("any", list([]*yaml.Node{comparison(opExists, yamledit.Scalar(false)), isNull}))
	}
	n.Content = append(n.Content, mapping("reason", optionalText(r.reason)).Content...)
	return n
}

// limitOf converts a condition on a counter, together with the state that counts it.
func (c *converter) limitOf(tool string, r *foreignRule, q foreignCondition, rules []*foreignRule) *yaml.Node {
	scope, counter, _ := strings.Cut(strings.TrimPrefix(q.path.Value, "state."), ".")
	own := tool
	if tool == "*" {
		own = "_global"
	}
	i := slices.IndexFunc(rules, func(r *foreignRule) bool { return r.state != nil && r.state.counter == counter })
	if scope != own || i < 0 {
		c.wrong(q.path, "%s is the counter of another tool, or of none: a limit counts the calls of its own entry", kindText(q.path))
		return nil
	}
	s := rules[i].state
	if s.used {
		c.wrong(q.path, "two conditions bound %s: keep one", kindText(q.path))
		return nil
	}
	s.used = true
	limit := c.amount(q.value, "the bound of a counter")
	switch {
	case q.op.Value == string(opLt) && s.incrementFrom.Node != nil:
		limit-- // the amounts may have decimals
	case q.op.Value == string(opLt):
		limit -= min(limit, One)
	case q.op.Value != string(opLte):
		c.wrong(q.op, "a counter can be bounded with lt or lte, not with %s", kindText(q.op))
		return nil
	}
	n := mapping("counter", yamledit.String(counter), "window", yamledit.String(s.window),
		"max", yamledit.Scalar(json.Number(limit.String())), "scope", yamledit.String("global"))
	if s.incrementFrom.Node != nil {
		path, ok := convertPath(s.incrementFrom.Value)
		if !ok {
			c.wrong(s.incrementFrom, "increment_from must start with args.")
		}
		c.has[decimals] = true
		n.Content = append(n.Content, yamledit.String("increment_from"), yamledit.String(path))
	} else if s.increment.Node != nil && s.increment.Value != "0" {
		n.Content = append(n.Content, yamledit.String("increment"), yamledit.Copy(s.increment.Node))
	}
	n.Content = append(n.Content, mapping("reason", optionalText(r.reason)).Content...)
	return n
}

// rateOf converts the short form of a limit.
func (c *converter) rateOf(r *foreignRule) *yaml.Node {
	limit, _, ok := parseRate(r.rate.Value)
	_, window, _ := strings.Cut(r.rate.Value, "/")
	if !ok || limit == 0 || !slices.Contains([]string{"minute", "hour", "day"}, window) {
		c.wrong(r.rate, "a rate is written 5/minute, 5/hour or 5/day, not %s", kindText(r.rate))
		return nil
	}
	return mapping("counter", yamledit.String("calls_per_"+window), "window", yamledit.String(window),
		"max", yamledit.Scalar(json.Number(limit.String())), "scope", yamledit.String("global"), "reason", optionalText(r.reason))
}

// convertPath converts a path with dots only.
func convertPath(text string) (string, bool) {
	names, ok := strings.CutPrefix(text, "args.")
	if !ok || names == "" {
		return "", false
	}
	path := "args"
	for name := range strings.SplitSeq(names, ".") {
		if name == "" || name == "*" || strings.ContainsAny(name, `["]`) {
			path += "[" + strconv.Quote(name) + "]"
		} else {
			path += "." + name
		}
	}
	return path, true
}

func (c *converter) note(v value, text string) {
	c.notes = append(c.notes, fmt.Sprintf("line %d: %s", v.Line, text))
}

// mapping returns a mapping of keys to nodes, without nil nodes.
func mapping(pairs ...any) *yaml.Node {
	n := yamledit.Mapping()
	for i := 0; i < len(pairs); i += 2 {
		if v := pairs[i+1].(*yaml.Node); v != nil {
			n.Content = append(n.Content, yamledit.String(pairs[i].(string)), v)
		}
	}
	return n
}

// list returns a sequence, or nil if it would be empty.
func list(nodes []*yaml.Node) *yaml.Node {
	if len(nodes) == 0 {
		return nil
	}
	return yamledit.Sequence(nodes...)
}

// optionalText returns a text node, or nil if the text is empty.
func optionalText(s string) *yaml.Node {
	if s == "" {
		return nil
	}
	return yamledit.String(s)
}
