package gateway

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/policy"
)

// subject is what a message asks for, as the policy judges it.
type subject struct {
	how  how
	kind policy.Kind
	// names are what must be allowed, one or several: the name of a tool or prompt, URIs of
	// resources, or a method. For [byUpstream] it is what the server asks the client for.
	names []string
	args  any // of a tool or prompt
	// isTask means that the call answers later, by another request.
	isTask bool
}

// how says how a message is judged.
type how uint8

const (
	refused    how = iota // the parameters do not say what is asked for
	passes                // needed by the protocol itself
	byPolicy              // [policy.Policy.Decide] on each name
	byLists               // names must be listed: what is completed is not called
	byUpstream            // [policy.Policy.Upstream]
	unknown               // the server has no such tool
)

// housekeeping are requests and notifications that pass under every policy. Lists are among them:
// their results are filtered.
var housekeeping = []string{
	"initialize", "ping", "server/discover", "logging/setLevel", "tools/list", "resources/list", "resources/templates/list", "prompts/list",
	"notifications/initialized", "notifications/cancelled", "notifications/progress", "notifications/roots/list_changed",
}

// fromClient returns what a request or notification of the client asks for.
func fromClient(m *message) subject {
	if slices.Contains(housekeeping, m.method) {
		return subject{how: passes}
	}
	params, err := split(m.params)
	if m.params != nil && err != nil {
		return subject{}
	}
	switch m.method {
	case "tools/call":
		s := named(policy.Tool, params)
		s.isTask = get(params, "task") != nil
		return s
	case "prompts/get":
		return named(policy.Prompt, params)
	case "resources/read", "resources/subscribe", "resources/unsubscribe":
		if uri := stringOf(get(params, "uri")); uri != "" {
			return subject{how: byPolicy, kind: policy.Resource, names: []string{uri}}
		}
		if m.method != "resources/read" && !slices.ContainsFunc(params, func(p member) bool { return fold(p.name) == fold("uri") }) {
			break // revisions from 2026-07-28 do not have these: the server says so
		}
		return subject{}
	case "completion/complete":
		return completed(get(params, "ref"))
	case "subscriptions/listen":
		return listened(get(params, "notifications"))
	}
	return subject{how: byPolicy, kind: policy.Method, names: []string{m.method}, args: decode(m.params)}
}

// named returns the subject of a request with a name and arguments. Arguments that are no object
// cannot be judged.
func named(kind policy.Kind, params []member) subject {
	s := subject{how: byPolicy, kind: kind}
	name, args := stringOf(get(params, "name")), get(params, "arguments")
	if name == "" || args != nil && args.Kind() != '{' {
		return subject{}
	}
	if s.names = []string{name}; args != nil {
		s.args = decode(args)
	}
	return s
}

// completed returns the subject of a completion: the prompt or resource whose argument is
// completed.
func completed(ref jsontext.Value) subject {
	members, err := split(ref)
	if err != nil {
		return subject{}
	}
	s := subject{how: byLists, kind: policy.Prompt}
	switch stringOf(get(members, "type")) {
	case "ref/prompt":
		s.names = []string{stringOf(get(members, "name"))}
	case "ref/resource":
		s.kind, s.names = policy.Resource, []string{stringOf(get(members, "uri"))}
	default:
		return subject{}
	}
	if s.names[0] == "" {
		return subject{}
	}
	return s
}

// listened returns the subject of a stream of notifications: the resources that it follows. That
// lists change is no secret.
func listened(notifications jsontext.Value) subject {
	members, err := split(notifications)
	if notifications != nil && err != nil {
		return subject{}
	}
	uris := get(members, "resourceSubscriptions")
	if uris == nil {
		return subject{how: passes}
	}
	list, ok := decode(uris).([]any)
	if !ok {
		return subject{}
	}
	s := subject{how: byPolicy, kind: policy.Resource}
	for _, u := range list {
		uri, ok := u.(string)
		if !ok || uri == "" {
			return subject{}
		}
		s.names = append(s.names, uri)
	}
	if len(s.names) == 0 {
		s.how = passes
	}
	return s
}

// clientRequests are what a server may ask a client for, by the name in a policy.
var clientRequests = map[string]string{
	"sampling/createMessage": policy.Sampling, "elicitation/create": policy.Elicitation, "roots/list": policy.Roots,
	"notifications/message": policy.Logging,
}

// serverHousekeeping are messages of a server that pass under every policy.
var serverHousekeeping = []string{
	"ping", "notifications/cancelled", "notifications/progress", "notifications/tools/list_changed", "notifications/prompts/list_changed",
	"notifications/resources/list_changed", "notifications/elicitation/complete", "notifications/subscriptions/acknowledged",
}

// fromServer returns what a request or notification of the server asks for.
func fromServer(m *message) subject {
	if request, ok := clientRequests[m.method]; ok {
		return subject{how: byUpstream, names: []string{request}}
	}
	if slices.Contains(serverHousekeeping, m.method) {
		return subject{how: passes}
	}
	if m.method == "notifications/resources/updated" {
		params, err := split(m.params)
		if uri := stringOf(get(params, "uri")); err == nil && uri != "" {
			return subject{how: byLists, kind: policy.Resource, names: []string{uri}}
		}
		return subject{}
	}
	return subject{how: byPolicy, kind: policy.Method, names: []string{m.method}, args: decode(m.params)}
}
