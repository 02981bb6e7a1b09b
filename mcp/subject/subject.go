package subject

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// housekeeping are requests and notifications that pass under every policy. Lists are among them:
// their results are filtered.
var housekeeping = []string{
	"initialize", "ping", "server/discover", "logging/setLevel", "tools/list", "resources/list", "resources/templates/list", "prompts/list",
	"skills/list", "notifications/initialized", "notifications/cancelled", "notifications/progress", "notifications/roots/list_changed",
}

// FromClient returns the subject of a request or notification of the client.
func FromClient(m *jsonrpc.Message) enforce.Subject {
	if slices.Contains(housekeeping, m.Method) {
		if m.IsRequest() == strings.HasPrefix(m.Method, "notifications/") { // the receiver may take it for either
			return enforce.Subject{}
		}
		return enforce.Subject{How: enforce.Passes}
	}
	params, err := rawjson.Split(m.Params)
	if m.Params != nil && err != nil {
		return enforce.Subject{}
	}
	switch m.Method {
	case "tools/call":
		s := named(policy.Tool, params)
		s.IsTask = rawjson.Get(params, "task") != nil
		return s
	case "prompts/get":
		return named(policy.Prompt, params)
	case "resources/read", "skills/get", "resources/subscribe", "resources/unsubscribe":
		if uri := rawjson.String(rawjson.Get(params, "uri")); uri != "" {
			return enforce.Subject{How: enforce.ByPolicy, Kind: policy.Resource, Names: []string{uri}}
		}
		if strings.HasSuffix(m.Method, "subscribe") && !slices.ContainsFunc(params, func(p rawjson.Member) bool { return jsonrpc.Fold(p.Name) == jsonrpc.Fold("uri") }) {
			break // revisions from 2026-07-28 do not have these; the server reports that
		}
		return enforce.Subject{}
	case "completion/complete":
		return completed(rawjson.Get(params, "ref"))
	case "subscriptions/listen":
		return listened(rawjson.Get(params, "notifications"))
	}
	return enforce.Subject{How: enforce.ByPolicy, Kind: policy.Method, Names: []string{m.Method}, Args: jsonvalue.Decode(m.Params)}
}

// named returns the subject of a request with a name and arguments. Arguments that are not an
// object cannot be judged.
func named(kind policy.Kind, params []rawjson.Member) enforce.Subject {
	s := enforce.Subject{How: enforce.ByPolicy, Kind: kind}
	name, args := rawjson.String(rawjson.Get(params, "name")), rawjson.Get(params, "arguments")
	if name == "" || args != nil && args.Kind() != '{' {
		return enforce.Subject{}
	}
	if s.Names = []string{name}; args != nil {
		s.Args = jsonvalue.Decode(args)
	}
	return s
}

// completed returns the subject of a completion: the prompt or resource whose argument is
// completed.
func completed(ref jsontext.Value) enforce.Subject {
	members, err := rawjson.Split(ref)
	if err != nil {
		return enforce.Subject{}
	}
	s := enforce.Subject{How: enforce.ByLists, Kind: policy.Prompt}
	name, other := "name", "uri"
	switch rawjson.String(rawjson.Get(members, "type")) {
	case "ref/prompt":
	case "ref/resource":
		s.Kind, name, other = policy.Resource, "uri", "name"
	default:
		return enforce.Subject{}
	}
	s.Names = []string{rawjson.String(rawjson.Get(members, name))}
	if s.Names[0] == "" || rawjson.Get(members, other) != nil { // a server may look at the other one
		return enforce.Subject{}
	}
	return s
}

// listened returns the subject of a stream of notifications: the resources to which it subscribes.
// Notifications of changed lists are not secret.
func listened(notifications jsontext.Value) enforce.Subject {
	members, err := rawjson.Split(notifications)
	if notifications != nil && err != nil {
		return enforce.Subject{}
	}
	uris := rawjson.Get(members, "resourceSubscriptions")
	if uris == nil {
		return enforce.Subject{How: enforce.Passes}
	}
	list, ok := jsonvalue.Decode(uris).([]any)
	if !ok {
		return enforce.Subject{}
	}
	s := enforce.Subject{How: enforce.ByPolicy, Kind: policy.Resource}
	for _, u := range list {
		uri, ok := u.(string)
		if !ok || uri == "" {
			return enforce.Subject{}
		}
		s.Names = append(s.Names, uri)
	}
	if len(s.Names) == 0 {
		s.How = enforce.Passes
	}
	return s
}

// clientRequests are the requests that a server may send to a client, by the name in a policy.
var clientRequests = map[string]string{
	"sampling/createMessage": policy.Sampling, "elicitation/create": policy.Elicitation, "roots/list": policy.Roots,
	"notifications/message": policy.Logging,
}

// serverHousekeeping are messages of a server that pass under every policy.
var serverHousekeeping = []string{
	"ping", "notifications/cancelled", "notifications/progress", "notifications/tools/list_changed", "notifications/prompts/list_changed",
	"notifications/resources/list_changed", "notifications/elicitation/complete", "notifications/subscriptions/acknowledged",
}

// FromServer returns the subject of a request or notification of the server.
func FromServer(m *jsonrpc.Message) enforce.Subject {
	if request, ok := clientRequests[m.Method]; ok {
		return enforce.Subject{How: enforce.ByUpstream, Names: []string{request}}
	}
	if slices.Contains(serverHousekeeping, m.Method) {
		return enforce.Subject{How: enforce.Passes}
	}
	if m.Method == "notifications/resources/updated" {
		params, err := rawjson.Split(m.Params)
		if uri := rawjson.String(rawjson.Get(params, "uri")); err == nil && uri != "" {
			return enforce.Subject{How: enforce.ByLists, Kind: policy.Resource, Names: []string{uri}}
		}
		return enforce.Subject{}
	}
	return enforce.Subject{How: enforce.ByPolicy, Kind: policy.Method, Names: []string{m.Method}, Args: jsonvalue.Decode(m.Params)}
}
