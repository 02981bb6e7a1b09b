package arch

// libraries lists the folders that may import a library, which is named by the beginning of its
// path.
var libraries = map[string][]string{
	"github.com/elazarl/goproxy":     {"capture"},
	"go.etcd.io/bbolt":               {"store", "guard"},
	"github.com/getkin/kin-openapi":  {"openapi", "catalog", "mcptools", "page/api", "cmd/spectap"},
	"github.com/mark3labs/mcp-go":    {"mcptools", "mcpclient", "cmd/spectap", "internal/demo"},
	"github.com/go-json-experiment/": {"infer", "flow", "openapi", "mcptools", "mcpclient", "guard", "gateway", "jsonschema", "internal/jsonvalue", "internal/mcpconfig", "page/wire", "cmd/spectap"},
	"github.com/BurntSushi/toml":     {"internal/mcpconfig"},
	"github.com/spf13/cobra":         {"cmd/spectap"},
	"github.com/santhosh-tekuri/":    {"jsonschema"},
	"github.com/dlclark/regexp2":     {"jsonschema"},
	"github.com/go-jose/":            {"guard/oauth"},
	"github.com/nats-io/":            {"relay/natslog"},
	"github.com/gopacket/":           {"flow/pcap"},
}

// packages lists for each folder the packages of this module that it and the folders below it may
// import, besides each other. The longest entry that fits applies. Imports go one way and end at
// flow.
var packages = map[string][]string{
	"flow":                  {"internal/ascii", "internal/duration", "internal/hexdigit", "internal/verb", "internal/lazyregexp"},
	"store":                 {"flow", "internal/fileperm"},
	"store/bodyhash":        {},
	"store/chunk":           {},
	"store/diskfull":        {},
	"store/files":           {},
	"store/hosts":           {},
	"store/index":           {"flow"},
	"store/loss":            {"flow", "store/record"},
	"store/mapping":         {},
	"store/marks":           {},
	"store/meta":            {},
	"store/sift":            {"flow", "store"},
	"store/ofsession":       {"flow", "store"},
	"store/ranges":          {"flow", "store/chunk", "store/record"},
	"store/summary":         {"store/index", "store/record"},
	"store/record":          {"flow", "store/bodyhash", "store/chunk"},
	"relay":                 {"flow", "relay/days", "store", "internal/pause"},
	"relay/days":            {"flow", "infer/wire"},
	"relay/memlog":          {"relay"}, // for tests
	"relay/logtest":         {"relay"}, // for tests
	"relay/natslog":         {"relay", "internal/pause", "internal/lazyregexp"},
	"relay/overview":        {"relay", "store"},
	"relay/storelog":        {"flow", "relay", "store"},
	"rules":                 {"flow"},
	"capture":               {"flow", "internal/address", "internal/directhttp"},
	"capture/inflate":       {},
	"capture/weight":        {"flow"},
	"capture/scope":         {},
	"capture/servedconn":    {"capture/headorder"},
	"capture/setup":         {},
	"capture/tlsprint":      {},
	"certs":                 {"internal/fileperm"},
	"certs/truststore":      {"internal/outfile"},
	"infer":                 {"flow", "internal/hexdigit", "internal/verb", "internal/lazyregexp"},
	"infer/english":         {"infer/noun"},
	"infer/graphql":         {"infer/bottomk", "infer/wire"},
	"infer/hidden":          {"flow", "internal/ascii"},
	"infer/patch":           {"infer/schema"},
	"infer/route":           {"flow", "infer/english", "infer/noun", "infer/sketch", "infer/wire", "internal/hexdigit"},
	"infer/schema":          {"flow", "infer/noun", "infer/sketch", "infer/wire", "internal/hexdigit"},
	"infer/site":            {"infer/client", "infer/route", "infer/wire"},
	"openapi":               {"flow", "jsonschema", "internal/hexdigit", "internal/spelling", "internal/visible", "internal/lazyregexp"}, // routing and checking need no inference
	"openapi/build":         {"flow", "infer", "openapi"},
	"openapi/coverage":      {"flow", "flow/decode", "openapi", "openapi/router"},
	"openapi/report":        {"internal/visible", "openapi/yamledit"},
	"openapi/delta":         {},
	"openapi/yamledit":      {"flow", "internal/visible"}, // knows nothing of OpenAPI
	"catalog":               {"flow", "store", "infer", "openapi", "internal/pause"},
	"catalog/modelfile":     {"catalog", "infer"},
	"catalog/overrides":     {"catalog", "flow/decode", "infer/correction", "openapi", "openapi/yamledit", "internal/linediff", "internal/outfile", "internal/sharedfile", "internal/visible"},
	"jsonschema":            {},
	"guard":                 {"flow", "jsonschema", "internal/lookalike", "internal/lazyregexp"},
	"guard/approval":        {"internal/lookalike", "internal/sharedfile", "internal/visible", "internal/jsonvalue"},
	"guard/audit":           {"guard/change", "internal/filelock", "internal/fileperm", "internal/outfile", "internal/visible"},
	"guard/change":          {},
	"guard/enforce":         {"jsonschema", "flow/redact", "guard/approval", "guard/audit", "guard/limit", "guard/policy", "guard/session", "internal/jsonvalue"},
	"guard/grant":           {"guard/change", "internal/lookalike", "internal/sharedfile", "internal/lazyregexp"},
	"guard/limit":           {"guard/policy", "internal/filelock", "internal/fileperm", "internal/outfile"},
	"guard/oauth":           {},
	"guard/oauth/oauthtest": {}, // for tests
	"guard/pin":             {"guard/change", "internal/lookalike", "internal/sharedfile", "internal/visible", "internal/jsonvalue", "internal/lazyregexp"},
	"guard/policy":          {"flow/decode", "jsonschema", "openapi/yamledit", "internal/visible", "internal/lazyregexp"},
	"guard/policy/ready":    {},
	"guard/policy/scaffold": {"openapi/yamledit"},
	"guard/policy/cases":    {"guard/limit", "guard/policy", "guard/session", "openapi/yamledit"},
	"guard/session":         {"guard/policy", "internal/sharedfile"},
	"egress":                {"flow", "guard", "internal/address", "internal/echo", "internal/pause"},
	"egress/token":          {"egress", "guard/oauth", "internal/lazyregexp"},
	"gateway":               {"guard/approval", "guard/enforce", "guard/pin", "guard/policy", "internal/jsonvalue", "internal/pause"},
	"gateway/jsonrpc":       {"egress", "flow/jsonscan", "guard/enforce", "gateway/rawjson", "internal/hexdigit", "internal/jsonvalue"},
	"gateway/merge":         {"gateway", "guard/enforce", "guard/policy", "internal/jsonvalue"},
	"gateway/metrics":       {"guard/enforce"},
	"gateway/mirror":        {"egress", "guard/enforce", "gateway/jsonrpc", "gateway/rawjson"},
	"gateway/rawjson":       {"flow/jsonscan"},
	"gateway/streamable":    {"guard/enforce", "gateway/jsonrpc", "gateway/mirror"},
	"gateway/subject":       {"guard/enforce", "guard/policy", "gateway/jsonrpc", "gateway/rawjson", "internal/jsonvalue"},
	"gateway/upstream":      {"egress", "guard/enforce", "gateway/jsonrpc", "gateway/mirror", "gateway/rawjson", "gateway/subject", "internal/echo", "internal/jsonvalue", "internal/pause"},
	"mcptools":              {"flow", "store", "rules", "infer", "openapi", "catalog", "guard", "jsonschema", "egress", "internal/echo", "internal/jsonvalue", "internal/spelling", "internal/verb", "internal/visible"},
	"mcptools/search":       {"flow", "store"},
	"mcptools/authdetect":   {"flow", "mcptools/view", "mcptools/placeholder"},
	"mcptools/lines":        {"internal/visible", "internal/lazyregexp"},
	"mcptools/tool":         {"flow", "internal/spelling", "mcptools/lines", "mcptools/view"},
	"mcptools/examples":     {"flow", "infer", "openapi/router"},
	"mcptools/extract":      {"internal/hexdigit", "mcptools/view"},
	"mcptools/oplist":       {"openapi/compact", "openapi/router"},
	"mcptools/opsearch":     {"internal/verb", "openapi/composed"},
	"mcptools/apidoc":       {"openapi", "mcptools/opsearch", "mcptools/opname", "mcptools/tool", "mcptools/view"},
	"mcptools/opname":       {"openapi/router", "internal/spelling"},
	"mcptools/replay":       {"flow", "egress", "guard", "internal/address", "internal/ascii", "internal/echo", "internal/visible", "mcptools/codegen", "mcptools/placeholder", "mcptools/tool", "mcptools/view"},
	"mcptools/subscription": {},
	"mcptools/trace":        {"flow", "mcptools/view"},
	"mcptools/view":         {"flow", "internal/visible"},
	"mcptools/source":       {"flow", "store", "infer", "mcptools/placeholder", "mcptools/search", "mcptools/tool", "mcptools/view"},
	"mcptools/compare":      {"flow", "mcptools/placeholder", "mcptools/view"},
	"mcptools/failure":      {"flow", "mcptools/placeholder", "mcptools/view", "internal/lazyregexp"},
	"mcptools/opmatch":      {"flow", "infer", "openapi/router", "mcptools/apidoc", "mcptools/opname", "mcptools/tool", "mcptools/view"},
	"mcptools/consent":      {"guard", "mcptools/front", "mcptools/tool"},
	"mcptools/enforcement":  {"guard/approval", "guard/enforce", "guard/pin", "guard/policy", "internal/jsonvalue", "internal/visible", "mcptools/front"},
	"mcptools/traffic": {"flow", "store", "infer", "openapi/build", "mcptools/authdetect", "mcptools/codegen", "mcptools/compare",
		"mcptools/extract", "mcptools/failure",
		"mcptools/opmatch", "mcptools/search", "mcptools/source", "mcptools/tool", "mcptools/trace", "mcptools/view"},
	"mcptools/document": {"flow", "infer", "internal/spelling", "openapi", "openapi/router", "mcptools/apidoc", "mcptools/examples", "mcptools/oplist", "mcptools/opname", "mcptools/placeholder",
		"mcptools/search", "mcptools/source", "mcptools/tool", "mcptools/view"},
	"mcptools/send":        {"flow", "egress", "guard", "mcptools/consent", "mcptools/replay", "mcptools/source", "mcptools/tool", "mcptools/view"},
	"mcptools/placeholder": {"flow", "openapi", "mcptools/view"},
	"mcptools/codegen":     {"flow", "internal/ascii", "mcptools/view", "mcptools/placeholder"},
	"mcptools/front":       {"internal/httpserver", "internal/reach", "internal/refusallog"},
	"mcptools/spectools":   {"flow", "openapi", "guard", "guard/pin", "jsonschema", "egress", "mcptools/enforcement", "mcptools/front", "internal/echo", "internal/spelling", "internal/verb", "internal/visible", "mcptools/extract", "mcptools/lines", "mcptools/opname", "mcptools/opsearch", "infer/noun", "infer/pagename", "internal/jsonvalue"},
	"page":                 {"internal/httpserver", "internal/reach", "internal/refusallog", "page/assets", "page/wire"},
	"page/api":             {"store", "catalog", "infer", "openapi", "page/opfilter", "page/wire", "internal/pause"},
	"page/assets":          {},
	"page/approvals":       {"guard/approval", "page/wire"},
	"page/call":            {"flow", "store", "catalog", "egress", "guard", "mcptools/placeholder", "mcptools/replay", "mcptools/spectools", "mcptools/tool", "openapi", "page/wire"},
	"page/guard":           {"guard/audit", "guard/grant", "guard/pin", "internal/visible", "page/wire", "internal/pause"},
	"page/hub":             {"relay", "relay/overview", "store", "page/wire"},
	"page/opfilter":        {},
	"page/traffic":         {"flow", "store", "catalog", "infer", "mcptools/codegen", "mcptools/compare", "mcptools/opmatch", "page/opfilter", "page/wire", "internal/pause"},
	"page/wire":            {},
	"mcpclient":            {"flow/jsonscan", "internal/lookalike", "internal/outfile", "internal/spelling", "internal/visible"},
	"internal/address":     {},
	"internal/arch":        {},
	"internal/ascii":       {},
	"internal/lazyregexp":  {},
	"internal/attack":      {"guard/oauth/oauthtest", "internal/attack/target"}, // knows the program from outside only

	"internal/attack/bypass": {"internal/attack/target"}, // likewise
	"internal/attack/target": {},

	"internal/browser":    {"internal/pause", "internal/tempdir"},
	"internal/bypass":     {},
	"internal/childenv":   {},
	"internal/control":    {"flow", "store", "internal/fileperm", "internal/pause"},
	"internal/corpus":     {"flow"},
	"internal/demo":       {},
	"internal/directhttp": {}, // its callers connect
	"internal/duration":   {},
	"internal/echo":       {},
	"internal/filelock":   {},
	"internal/filelimit":  {},
	"internal/fileperm":   {},
	"internal/hexdigit":   {},
	"internal/httpserver": {},
	"internal/jsonvalue":  {},
	"internal/linediff":   {},
	"internal/lookalike":  {"internal/visible"},
	"internal/reach":      {},
	"internal/spelling":   {},
	"internal/soak":       {"flow", "store", "internal/control"},
	"internal/mcpconfig":  {"internal/outfile", "internal/visible", "internal/lazyregexp"},
	"internal/outfile":    {},
	"internal/pause":      {},
	"internal/refusallog": {},
	"internal/sharedfile": {"internal/filelock", "internal/fileperm", "internal/outfile"},
	"internal/sysproxy":   {"internal/filelock", "internal/outfile"},
	"internal/tempdir":    {"internal/filelock", "internal/fileperm"},
	"internal/verb":       {},
	"internal/visible":    {},
	"internal/webdriver":  {"internal/pause"},
	"cmd/spectap":         {""}, // wires everything
	"packaging":           {},
	"packaging/sbom":      {},

	"guard/approval/webhook":       {"egress", "flow", "flow/redact", "guard/approval", "internal/reach", "internal/visible"},
	"openapi/internal/openapitest": {"flow", "infer", "openapi"}, // for tests
	"gateway/internal/gatewaytest": {"flow/redact", "guard", "gateway/jsonrpc", "gateway/mirror", "gateway/streamable"},
}

// doors are the packages that may open connections. Requests that an agent or a person asks for
// leave through egress alone; what the others connect to is named beside them.
var doors = []string{
	"egress",             // the API of a document, at the one origin that a person named
	"capture",            // the upstream of a request that passes the proxy
	"mcpclient",          // the MCP server that a person named
	"relay/natslog",      // the servers of a hub that a person named, and their nodes
	"internal/control",   // the socket of the store's owner
	"internal/browser",   // the browser that it started
	"internal/webdriver", // the WebDriver server that it started
	"internal/sysproxy",  // the proxy's own address
	"internal/demo",      // the sample API
	"internal/soak",      // the proxy under test
}

// pure are the packages whose output depends on nothing but their input: no clock, no goroutine, no
// I/O.
var pure = []string{"infer"}

// undivided are the packages that may be larger than the others: the types of infer/route and
// infer/schema share unexported fields, and cmd/spectap has a file for each command.
var undivided = []string{"infer/route", "infer/schema", "cmd/spectap"}

// mcpLibrary is the import path of the types of MCP messages.
const mcpLibrary = "github.com/mark3labs/mcp-go/mcp"

// outlets lists how text leaves the process, and the files that may do it.
var outlets = []outlet{
	{"the terminal", "os", "", []string{"Stdout", "Stderr"}, []string{"cmd/spectap/main.go", "internal/soak", "packaging/sbom"}},
	{"the terminal", "fmt", "", []string{"Print", "Printf", "Println"}, []string{"internal/soak"}},
	// program.stdout and program.stderr escape what is written to them.
	{"the terminal without escapes", "", "cmd/spectap", []string{"direct"}, []string{"cmd/spectap/output.go"}},
	{"stdout without escapes", "", "cmd/spectap", []string{"exactOut"}, []string{
		"cmd/spectap/message_out.go",
		"cmd/spectap/flows_show.go", // --raw
	}},
	{"stdout for messages", "", "cmd/spectap", []string{"messageOut"}, []string{
		"cmd/spectap/mcp.go", "cmd/spectap/serve_run.go", "cmd/spectap/gateway.go",
	}},
	{"the log", "log", "", []string{"*"}, []string{"cmd/spectap/program.go", "mcptools/front/stdio.go", "internal/demo", "internal/soak"}},
	{"the log", "log/slog", "", []string{
		"NewTextHandler", "NewJSONHandler", "Default", "SetDefault", "Debug*", "Info*", "Warn*", "Error*", "Log", "LogAttrs",
	}, []string{"cmd/spectap/root.go"}},
	{"a Markdown page", "text/template", "", []string{"*"}, []string{"openapi/page/markdown.go"}},
	{"an HTML page", "html/template", "", []string{"*"}, []string{"openapi/page/html.go", "capture/setup"}},
	{"an MCP client", mcpLibrary, "", []string{
		"NewToolResult*", "CallToolResult", "NewTextContent", "TextContent", "TextResourceContents", "NewPromptMessage",
		"PromptMessage", "NewGetPromptResult", "GetPromptResult", "ElicitationParams", "NewElicitation*",
	}, []string{"mcptools/tool/result.go", "mcptools/spectools/result.go", "mcptools/enforcement/tools.go", "mcpclient"}},
	{"the list of tools", mcpLibrary, "", []string{"NewTool", "NewToolWithRawSchema"}, []string{
		"mcptools/handler.go", "mcptools/tool/schema.go", // tools that are the same for every document
	}},
}
