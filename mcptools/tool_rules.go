package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/rules"
)

// RuleKeeper stores the rules of a proxy. Errors are in words for people.
type RuleKeeper interface {
	// Rules returns the rules in the order in which they apply.
	Rules(ctx context.Context) ([]rules.Rule, error)
	// ChangeRules replaces the rules by the result of change and stores them before it returns. If
	// change fails, the rules stay unchanged and ChangeRules returns the error. A nil result
	// removes all rules, including unreadable ones; any other change fails while a rule is
	// unreadable.
	ChangeRules(ctx context.Context, change func([]rules.Rule) ([]rules.Rule, error)) error
}

// RuleResult describes the rules after a change.
type RuleResult struct {
	ID       string `json:"rule_id"`
	Replaced bool   `json:"replaced"` // a rule with this id was replaced
	Rules    int    `json:"rules"`    // number of rules now
}

// RulesResult lists the rules.
type RulesResult struct {
	Rules []RuleRow `json:"rules"` // in the order in which they apply
}

// RuleRow is one rule.
type RuleRow struct {
	ID      string `json:"rule_id"`
	Action  string `json:"action_type"`
	URL     string `json:"url_pattern"`
	Phase   string `json:"phase"`
	Method  string `json:"method,omitempty"`
	Key     string `json:"key,omitempty"`
	Value   string `json:"value,omitempty"` // without secrets
	Pattern string `json:"search_pattern,omitempty"`
	// Fields that only a person sets.
	Filter string `json:"filter,omitempty"`
	Off    bool   `json:"off,omitempty"`
}

// RemovedResult counts the removed rules.
type RemovedResult struct {
	Removed int `json:"removed"`
	Rules   int `json:"rules"` // number of rules now
}

// globalPrefix begins the ids of the rules of set_global_header.
const globalPrefix = "global_"

// ruleTools returns the tools that read and change the rules.
func (s *service) ruleTools() []tool.Tool {
	key := tool.Param{Name: "key", Kind: tool.String, MaxLength: 80, Required: true, Doc: "the header's name"}
	return []tool.Tool{
		tool.NewPrepared[RuleResult]("add_interception_rule", "Change traffic",
			"Adds a rule for traffic through the proxy, or replaces the rule with that id. "+
				"It applies at once (within a second if another process owns the store) and is stored with the capture. "+
				"replace_body skips and counts bodies over 1 MiB, streams and WebSockets.",
			[]tool.Param{
				{Name: "rule_id", Kind: tool.String, MaxLength: 100, Required: true, Doc: "a name for the rule"},
				{Name: "action_type", Kind: tool.String, Enum: []string{rules.InjectHeader, rules.ReplaceBody, rules.Block}, Required: true,
					Doc: "inject_header sets the header key to value; " +
						"replace_body replaces matches of search_pattern by value; block responds with 403"},
				{Name: "url_pattern", Kind: tool.String, MaxLength: 1000, Default: ".*",
					Doc: "a regular expression (RE2) that is searched in the whole URL"},
				{Name: "method", Kind: tool.String, MaxLength: 40, Doc: "only requests with this method. Default: all"},
				{Name: "key", Kind: tool.String, MaxLength: 200, Doc: "inject_header: the header's name"},
				{Name: "value", Kind: tool.String, MaxLength: 64 << 10,
					Doc: "inject_header: its value; replace_body: the new text, " +
						`with \1 to \9 for groups of search_pattern and \\ for a backslash`},
				{Name: "search_pattern", Kind: tool.String, MaxLength: 1000,
					Doc: "replace_body: a regular expression (RE2)"},
				{Name: "phase", Kind: tool.String, Enum: rules.Phases(), Default: rules.Request,
					Doc: "apply to the request or to the response"},
				confirmedParam,
			}, s.addRule).WithEffect(tool.Effect{Destroys: true, Idempotent: true}),
		tool.New("list_rules", "Rules", "Lists the rules for traffic through the proxy.", nil, s.listRules),
		tool.NewPrepared[RemovedResult]("clear_rules", "Remove all rules", "Removes all rules, including global headers.",
			[]tool.Param{confirmedParam}, s.clearRules).WithEffect(tool.Effect{Destroys: true, Idempotent: true}),
		tool.NewPrepared[RuleResult]("set_global_header", "Set a header everywhere", "Sets a header in each request through the proxy.",
			[]tool.Param{key, {Name: "value", Kind: tool.String, MaxLength: 8 << 10, Required: true, Doc: "its value"}, confirmedParam},
			s.setGlobalHeader).WithEffect(tool.Effect{Destroys: true, Idempotent: true}),
		tool.NewPrepared[RemovedResult]("remove_global_header", "Remove a global header", "Removes a header of set_global_header.",
			[]tool.Param{key, confirmedParam}, s.removeGlobalHeader).WithEffect(tool.Effect{Destroys: true, Idempotent: true}),
	}
}

func (s *service) addRule(ctx context.Context, a tool.Args) (tool.Prepared, error) {
	return s.storeRule(ctx, rules.Rule{
		ID: a.String("rule_id"), Action: a.String("action_type"), URLPattern: a.String("url_pattern"),
		Method: a.String("method"), Key: a.String("key"), Value: a.String("value"),
		SearchPattern: a.String("search_pattern"), Phase: a.String("phase"),
	})
}

func (s *service) setGlobalHeader(ctx context.Context, a tool.Args) (tool.Prepared, error) {
	key := a.String("key")
	return s.storeRule(ctx, rules.Rule{
		ID: globalPrefix + key, Action: rules.InjectHeader, URLPattern: ".*", Key: key, Value: a.String("value"),
		Phase: rules.Request,
	})
}

// storeRule checks and stores a rule.
func (s *service) storeRule(ctx context.Context, r rules.Rule) (tool.Prepared, error) {
	if err := r.Check(); err != nil {
		return tool.Prepared{}, tool.Errorf(tool.CodeBadArgument, "the description of add_interception_rule has the arguments of each action",
			"nothing was done: %s", s.hideSecretsOneLine(err))
	}
	if m := placeholder.Find(r.Value); m != "" {
		return tool.Prepared{}, tool.BadArgument("value",
			"has the placeholder %s: rules cannot contain captured secrets", m)
	}
	r.ByAgent = true
	return s.change(ctx, false, func(list []rules.Rule) ([]rules.Rule, any, error) {
		next, replaced, err := rules.With(list, r)
		if err != nil {
			return nil, nil, tool.Errorf(tool.CodeRefused, "remove rules with clear_rules or remove_global_header",
				"nothing was done: %s", s.hideSecretsOneLine(err))
		}
		return next, RuleResult{ID: s.source.RedactText(r.ID), Replaced: replaced, Rules: len(next)}, nil
	})
}

func (s *service) removeGlobalHeader(ctx context.Context, a tool.Args) (tool.Prepared, error) {
	return s.change(ctx, false, func(list []rules.Rule) ([]rules.Rule, any, error) {
		// Header names are case-insensitive, but the id has the name as it was set.
		next := slices.DeleteFunc(append([]rules.Rule{}, list...), func(r rules.Rule) bool { return strings.EqualFold(r.ID, globalPrefix+a.String("key")) })
		return next, RemovedResult{Removed: len(list) - len(next), Rules: len(next)}, nil
	})
}

func (s *service) clearRules(ctx context.Context, _ tool.Args) (tool.Prepared, error) {
	return s.change(ctx, true, func(list []rules.Rule) ([]rules.Rule, any, error) { return nil, RemovedResult{Removed: len(list)}, nil })
}

// change prepares a change of the rules. It waits for a confirmation with all, which changes all
// rules, and if it changes one that no agent made.
func (s *service) change(ctx context.Context, all bool, to func([]rules.Rule) ([]rules.Rule, any, error)) (tool.Prepared, error) {
	list, unread := s.allow.Rules.Rules(ctx) // unreadable rules can be removed, too
	next, _, err := to(list)
	if err != nil && unread == nil {
		return tool.Prepared{}, err
	}
	p := tool.Prepared{What: "remove all " + strconv.Itoa(len(list)) + " rules."}
	foreign := changedByOthers(list, next)
	switch p.Holds = all || len(foreign) > 0; {
	case all && unread != nil:
		p.What = "remove all rules."
	case !all:
		p.What = "change rules that a person made: " + s.source.RedactText(strings.Join(foreign, ", ")) + "."
	}
	shown := rulesDigest(list)
	p.Bound = []string{shown.String()}
	p.Run = func(ctx context.Context, _ bool) (out any, err error) {
		err = s.changeRules(ctx, func(list []rules.Rule) (next []rules.Rule, err error) {
			next, out, err = to(list)
			if (all || len(changedByOthers(list, next)) > 0) && rulesDigest(list) != shown {
				return nil, tool.Errorf(tool.CodeRefused, "call again", "nothing was done: the rules have changed meanwhile")
			}
			return next, err
		})
		return out, err
	}
	return p, nil
}

// changedByOthers returns the IDs of the rules that no agent made and that next does not have.
func changedByOthers(list, next []rules.Rule) (ids []string) {
	for _, r := range list {
		if !r.ByAgent && !slices.Contains(next, r) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// rulesDigest returns a digest of rules, to which a consent is bound.
func rulesDigest(list []rules.Rule) guard.Digest {
	raw, _ := json.Marshal(list) // strings only: cannot fail
	return guard.DigestOf([]any{string(raw)})
}

// changeRules changes the rules and logs the change.
func (s *service) changeRules(ctx context.Context, change func([]rules.Rule) ([]rules.Rule, error)) error {
	call := tool.CallOf(ctx)
	if call == nil {
		return errors.New("change rules outside of a call")
	}
	digest := guard.DigestOf(guard.WithoutConfirmation(call.Raw))
	n := 0
	err := s.allow.Rules.ChangeRules(ctx, func(list []rules.Rule) ([]rules.Rule, error) {
		next, err := change(list)
		n = len(next)
		return next, err
	})
	if err != nil {
		return s.externalError(err)
	}
	s.log.Info("the rules were changed", "tool", call.Tool, "arguments", digest.String(), "rules", n)
	return nil
}

func (s *service) listRules(ctx context.Context, _ tool.Args) (RulesResult, error) {
	list, err := s.allow.Rules.Rules(ctx)
	if err != nil {
		return RulesResult{}, s.externalError(err)
	}
	out := RulesResult{Rules: []RuleRow{}}
	for _, r := range list {
		out.Rules = append(out.Rules, RuleRow{
			ID: s.source.RedactText(r.ID), Action: r.Action, URL: s.source.RedactText(r.URLPattern), Phase: r.Phase, Method: r.Method,
			Key: r.Key, Value: s.ruleValue(r), Pattern: s.source.RedactText(r.SearchPattern),
			Filter: s.source.RedactText(r.Filter), Off: r.Off,
		})
	}
	return out, nil
}

// ruleValue returns a rule's value without secrets. The name of a header can make its value secret.
func (s *service) ruleValue(r rules.Rule) string {
	value := s.source.Redact.Text(r.Value)
	if r.Action == rules.InjectHeader {
		f := s.source.Redact.Flow(flow.Flow{Request: flow.Request{Header: flow.Header{{Name: r.Key, Value: r.Value}}}})
		if value = ""; len(f.Request.Header) == 1 {
			value = f.Request.Header[0].Value
		}
	}
	return view.Cut(view.Visible(placeholder.RemoveDigits(value)), view.PreviewBytes)
}

// hideSecretsOneLine is hideSecrets for joined errors, which have several lines.
func (s *service) hideSecretsOneLine(err error) string {
	return strings.ReplaceAll(s.source.RedactText(strings.ReplaceAll(err.Error(), "\n", "; ")), "; ; ", "; ")
}
