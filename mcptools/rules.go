package mcptools

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/rules"
)

// RuleKeeper keeps the rules that a proxy applies. Errors are in words for people.
type RuleKeeper interface {
	Rules(ctx context.Context) ([]rules.Rule, error)
	// ChangeRules keeps what change makes of the rules, before it returns. An error of change leaves them as they are
	// and is returned. nil removes all, also those that cannot be read, which make any other change fail.
	ChangeRules(ctx context.Context, change func([]rules.Rule) ([]rules.Rule, error)) error
}

// RuleResult says what a change left.
type RuleResult struct {
	ID       string `json:"rule_id"`
	Replaced bool   `json:"replaced" jsonschema_description:"there was a rule of that id before"`
	Rules    int    `json:"rules" jsonschema_description:"how many there are now"`
}

// RulesResult lists the rules.
type RulesResult struct {
	Rules []RuleRow `json:"rules" jsonschema_description:"in the order they apply"`
}

// RuleRow is one rule.
type RuleRow struct {
	ID      string `json:"rule_id"`
	Action  string `json:"action_type"`
	URL     string `json:"url_pattern"`
	Phase   string `json:"phase"`
	Method  string `json:"method,omitempty"`
	Key     string `json:"key,omitempty"`
	Value   string `json:"value,omitempty" jsonschema_description:"with placeholders in the place of secrets"`
	Pattern string `json:"search_pattern,omitempty"`
}

// RemovedResult says how many rules were removed.
type RemovedResult struct {
	Removed int `json:"removed"`
	Rules   int `json:"rules" jsonschema_description:"how many there are now"`
}

// globalRule is what the id of a global header's rule begins with.
const globalRule = "global_"

func (s *service) ruleTools() []tool.Tool {
	key := tool.Param{Name: "key", Kind: tool.String, MaxLength: 80, Required: true, Doc: "the header's name"}
	list := tool.New("list_rules", "Rules", "Lists the rules for what passes through the proxy.", nil, s.listRules)
	return []tool.Tool{
		tool.New("add_interception_rule", "Change traffic", "Adds a rule for what passes through the proxy, or replaces the one of its id. It counts at once (within a second in a proxy that records into another's store) and is kept with the capture. Flows are recorded as the upstream saw them. replace_body leaves alone, and counts as skipped, what is longer than 1 MiB, streams, or passes through a WebSocket.",
			[]tool.Param{
				{Name: "rule_id", Kind: tool.String, MaxLength: 100, Required: true, Doc: "a name for the rule"},
				{Name: "action_type", Kind: tool.String, Enum: rules.Actions(), Required: true, Doc: "inject_header sets the header key to value; replace_body replaces what search_pattern finds by value; block answers 403"},
				{Name: "url_pattern", Kind: tool.String, MaxLength: 1000, Default: ".*", Doc: "a regular expression (RE2) searched in the whole URL"},
				{Name: "method", Kind: tool.String, MaxLength: 40, Doc: "only requests with this method. Default: all"},
				{Name: "key", Kind: tool.String, MaxLength: 200, Doc: "inject_header: the header's name"},
				{Name: "value", Kind: tool.String, MaxLength: 64 << 10, Doc: `inject_header: its value; replace_body: the new text, \1 to \9 standing for groups of search_pattern, \\ for a backslash`},
				{Name: "search_pattern", Kind: tool.String, MaxLength: 1000, Doc: "replace_body: a regular expression (RE2)"},
				{Name: "phase", Kind: tool.String, Enum: rules.Phases(), Default: rules.Request, Doc: "request: on the way out; response: on the way back"},
			}, s.addRule).WithEffect(tool.Effect{Destroys: true, Idempotent: true}),
		list,
		tool.New("clear_rules", "Remove all rules", "Removes all rules, global headers too.", []tool.Param{confirmedParam}, s.clearRules).WithEffect(tool.Effect{Destroys: true, Idempotent: true}),
		tool.New("set_global_header", "Set a header everywhere", "Sets a header of each request that passes through the proxy.",
			[]tool.Param{key, {Name: "value", Kind: tool.String, MaxLength: 8 << 10, Required: true, Doc: "its value"}}, s.setGlobalHeader).WithEffect(tool.Effect{Destroys: true, Idempotent: true}),
		tool.New("remove_global_header", "Remove a global header", "Removes what set_global_header set.", []tool.Param{key}, s.removeGlobalHeader).WithEffect(tool.Effect{Destroys: true, Idempotent: true}),
	}
}

func (s *service) addRule(ctx context.Context, a tool.Args) (RuleResult, error) {
	return s.keepRule(ctx, rules.Rule{
		ID: a.String("rule_id"), Action: a.String("action_type"), URLPattern: a.String("url_pattern"), Method: a.String("method"),
		Key: a.String("key"), Value: a.String("value"), SearchPattern: a.String("search_pattern"), Phase: a.String("phase"),
	})
}

func (s *service) setGlobalHeader(ctx context.Context, a tool.Args) (RuleResult, error) {
	key := a.String("key")
	return s.keepRule(ctx, rules.Rule{
		ID: globalRule + key, Action: rules.InjectHeader, URLPattern: ".*", Key: key, Value: a.String("value"), Phase: rules.Request,
	})
}

// keepRule adds a rule.
func (s *service) keepRule(ctx context.Context, r rules.Rule) (RuleResult, error) {
	if err := r.Check(); err != nil {
		return RuleResult{}, tool.Errorf(tool.CodeBadArgument, "list_tools shows what each action takes", "nothing was done: %s", s.hideSecretsOneLine(err))
	}
	if m := placeholder.Find(r.Value); m != "" {
		return RuleResult{}, tool.BadArgument("value", "has the placeholder %s: secrets are not put back in rules", m)
	}
	out := RuleResult{ID: s.shownText(r.ID)}
	err := s.changeRules(ctx, func(list []rules.Rule) ([]rules.Rule, error) {
		next, replaced, err := rules.With(list, r)
		if err != nil {
			return nil, tool.Errorf(tool.CodeRefused, "clear_rules and remove_global_header make room", "nothing was done: %s", s.hideSecretsOneLine(err))
		}
		out.Replaced, out.Rules = replaced, len(next)
		return next, nil
	})
	return out, err
}

func (s *service) removeGlobalHeader(ctx context.Context, a tool.Args) (out RemovedResult, err error) {
	err = s.changeRules(ctx, func(list []rules.Rule) ([]rules.Rule, error) {
		// Names of headers have no case; its id has that of the name that it was set by.
		for _, r := range list {
			if strings.EqualFold(r.ID, globalRule+a.String("key")) {
				list, _ = rules.Without(list, r.ID)
				out.Removed++
			}
		}
		out.Rules = len(list)
		return append([]rules.Rule{}, list...), nil
	})
	return out, err
}

func (s *service) clearRules(ctx context.Context, _ tool.Args) (out RemovedResult, err error) {
	list, err := s.Allow.Rules.Rules(ctx)
	what := "remove all rules."
	if err == nil { // rules that cannot be read can be removed, too
		what = "remove all " + strconv.Itoa(len(list)) + " rules."
	}
	if err := s.confirm(ctx, what); err != nil {
		return out, err
	}
	err = s.changeRules(ctx, func(list []rules.Rule) ([]rules.Rule, error) {
		out.Removed = len(list)
		return nil, nil
	})
	return out, err
}

// changeRules changes the rules and leaves a line of it in the log.
func (s *service) changeRules(ctx context.Context, change func([]rules.Rule) ([]rules.Rule, error)) error {
	call, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return errors.New("change rules outside of a call")
	}
	digest, _ := call.digest()
	n := 0
	err := s.Allow.Rules.ChangeRules(ctx, func(list []rules.Rule) ([]rules.Rule, error) {
		next, err := change(list)
		n = len(next)
		return next, err
	})
	if err != nil {
		return s.failed(err)
	}
	s.Log.Info("the rules were changed", "tool", call.tool, "arguments", digest.String(), "rules", n)
	return nil
}

func (s *service) listRules(ctx context.Context, _ tool.Args) (RulesResult, error) {
	list, err := s.Allow.Rules.Rules(ctx)
	if err != nil {
		return RulesResult{}, s.failed(err)
	}
	out := RulesResult{Rules: []RuleRow{}}
	for _, r := range list {
		out.Rules = append(out.Rules, RuleRow{
			ID: s.shownText(r.ID), Action: r.Action, URL: s.shownText(r.URLPattern), Phase: r.Phase, Method: r.Method,
			Key: r.Key, Value: s.ruleValue(r), Pattern: s.shownText(r.SearchPattern),
		})
	}
	return out, nil
}

// ruleValue is a rule's value without secrets: a header's may be one by its name.
func (s *service) ruleValue(r rules.Rule) string {
	value := s.Redact.Text(r.Value)
	if r.Action == rules.InjectHeader {
		f := s.Redact.Flow(flow.Flow{Request: flow.Request{Header: flow.Header{{Name: r.Key, Value: r.Value}}}})
		if value = ""; len(f.Request.Header) == 1 {
			value = f.Request.Header[0].Value
		}
	}
	return view.Cut(view.Visible(value), view.PreviewBytes)
}

func (s *service) shownText(text string) string { return view.Visible(s.Redact.Text(text)) }

// hushAll is hush for errors that are joined.
func (s *service) hideSecretsOneLine(err error) string {
	return strings.ReplaceAll(view.Visible(s.Redact.Text(strings.ReplaceAll(err.Error(), "\n", "; "))), "; ; ", "; ")
}
