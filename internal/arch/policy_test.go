package arch

// libraries lists the folders that may import a library, which is named by the beginning of its
// path.
var libraries = map[string][]string{
	"github.com/elazarl/goproxy":     {"capture"},
	"go.etcd.io/bbolt":               {"store", "guard"},
	"github.com/getkin/kin-openapi":  {"openapi", "catalog", "mcptools", "page/api", "workflow", "cmd/spectap", "cmd/spectap/cli"},
	"github.com/mark3labs/mcp-go":    {"mcp", "mcptools", "mcpclient", "cmd/spectap", "cmd/spectap/cli", "internal/demo"},
	"github.com/go-json-experiment/": {"infer", "flow", "openapi", "mcptools", "mcp", "mcpclient", "guard", "gateway", "jsonschema", "internal/jsonvalue", "desktop/mcpconfig", "page/wire", "workflow", "cmd/spectap", "cmd/spectap/cli"},
	"github.com/BurntSushi/toml":     {"desktop/mcpconfig", "flow/redact/rules"},
	"github.com/spf13/cobra":         {"cmd/spectap", "cmd/spectap/cli"},
	"github.com/santhosh-tekuri/":    {"jsonschema"},
	"github.com/dlclark/regexp2":     {"jsonschema"},
	"github.com/go-jose/":            {"guard/oauth"},
	"github.com/nats-io/":            {"relay/natslog"},
	"github.com/gopacket/":           {"flow/pcap"},
	"github.com/google/nftables":     {"desktop/netns"},
	"github.com/vishvananda/":        {"desktop/netns"},
}

// packages lists for each folder the packages of this module that it and the folders below it may
// import, besides each other. The longest entry that fits applies. Imports go one way and end at
// flow.
var packages = map[string][]string{
	"flow":                  {"internal/ascii", "internal/jsonvalue", "internal/verb", "internal/lazyregexp"},
	"flow/filter":           {"flow", "internal/spelling"},
	"store":                 {"flow", "internal/safefile"},
	"store/format":          {"flow"},
	"relay":                 {"flow", "internal/varint", "relay/days", "store", "internal/pause", "internal/refusallog"},
	"relay/days":            {"flow", "internal/varint"},
	"relay/logtest":         {"relay"}, // for tests
	"relay/natslog":         {"relay", "internal/address", "internal/pause", "internal/lazyregexp", "internal/refusallog"},
	"rules":                 {"flow", "store"},
	"capture":               {"flow", "internal/address", "internal/pause"},
	"certs":                 {"internal/safefile"},
	"certs/truststore":      {"internal/safefile"},
	"infer":                 {"flow", "internal/ascii", "internal/jsonvalue", "internal/varint", "internal/verb", "internal/lazyregexp"},
	"infer/route":           {"flow", "infer/bottomk", "infer/noun", "internal/varint", "internal/ascii"},
	"infer/schema":          {"flow", "infer/bottomk", "infer/noun", "internal/varint", "internal/ascii"},
	"infer/site":            {"infer/bottomk", "infer/route", "internal/varint"},
	"openapi":               {"flow", "jsonschema", "internal/ascii", "internal/jsonvalue", "internal/spelling", "internal/visible", "internal/lazyregexp"}, // routing and checking need no inference
	"openapi/build":         {"flow", "infer", "openapi"},
	"openapi/report":        {"internal/visible", "openapi/yamledit"},
	"openapi/yamledit":      {"flow", "internal/jsonvalue", "internal/visible"}, // knows nothing of OpenAPI
	"catalog":               {"flow", "store", "infer", "openapi", "internal/pause"},
	"catalog/overrides":     {"catalog", "flow/decode", "infer/correction", "openapi", "openapi/yamledit", "internal/safefile", "internal/visible"},
	"jsonschema":            {},
	"guard":                 {"flow", "jsonschema", "internal/visible", "internal/lazyregexp"},
	"guard/approval":        {"guard/book", "internal/visible", "internal/safefile", "internal/jsonvalue"},
	"guard/audit":           {"guard/book", "internal/safefile", "internal/visible"},
	"guard/book":            {"internal/safefile"},
	"guard/enforce":         {"jsonschema", "flow", "flow/decode", "flow/redact", "guard/approval", "guard/audit", "guard/limit", "guard/policy", "guard/session", "internal/jsonvalue"},
	"guard/grant":           {"guard/book", "internal/visible", "internal/safefile", "internal/lazyregexp"},
	"guard/limit":           {"guard/policy", "internal/safefile"},
	"guard/oauth":           {},
	"guard/oauth/oauthtest": {}, // for tests
	"guard/pin":             {"guard/book", "internal/visible", "internal/safefile", "internal/jsonvalue", "internal/lazyregexp"},
	"guard/policy":          {"flow/decode", "flow/redact", "jsonschema", "openapi/yamledit", "internal/jsonvalue", "internal/visible", "internal/lazyregexp"},
	"guard/session":         {"flow/redact", "guard/book", "guard/policy", "internal/safefile"},
	"egress":                {"flow", "guard", "internal/address", "internal/pause"},
	"egress/token":          {"egress", "guard/oauth", "internal/lazyregexp"},
	"gateway":               {"guard/approval", "guard/enforce", "guard/pin", "guard/policy", "internal/jsonvalue", "internal/lazyregexp", "internal/pause", "mcp"},
	"gateway/disclose":      {"gateway/subject", "guard/enforce", "internal/jsonvalue", "internal/spelling", "mcp", "mcptools/opsearch", "mcptools/view"},
	"gateway/merge":         {"jsonschema", "gateway", "guard/enforce", "guard/policy", "internal/jsonvalue", "mcp"},
	"gateway/subject":       {"guard/enforce", "guard/policy", "internal/jsonvalue", "mcp"},
	"mcp":                   {"egress", "guard", "internal/ascii", "internal/httpserver", "internal/jsonvalue", "internal/pause", "internal/refusallog"},
	"mcp/rawjson":           {"internal/jsonvalue"},
	"gateway/metrics":       {"guard/enforce"},
	"mcptools":              {"flow", "store", "rules", "infer", "openapi", "catalog", "guard", "jsonschema", "egress", "internal/jsonvalue", "internal/spelling", "internal/verb", "internal/visible", "mcp/front", "workflow"},
	"mcptools/search":       {"flow", "store"},
	"mcptools/lines":        {"internal/visible", "internal/lazyregexp"},
	"mcptools/tool":         {"flow", "internal/spelling", "mcptools/lines", "mcptools/view"},
	"mcptools/extract":      {"internal/ascii", "mcptools/view"},
	"mcptools/opsearch":     {"internal/verb", "openapi"},
	"mcptools/apidoc":       {"flow", "infer", "openapi", "internal/jsonvalue", "mcptools/opsearch", "mcptools/opname", "mcptools/tool", "mcptools/view"},
	"mcptools/opname":       {"openapi/router", "internal/spelling"},
	"mcptools/replay":       {"flow", "egress", "guard", "internal/address", "internal/ascii", "internal/visible", "mcptools/codegen", "mcptools/placeholder", "mcptools/tool", "mcptools/view"},
	"mcptools/view":         {"flow", "internal/lazyregexp", "internal/visible"},
	"mcptools/source":       {"flow", "store", "infer", "mcptools/placeholder", "mcptools/search", "mcptools/tool", "mcptools/view"},
	"mcptools/compare":      {"flow", "mcptools/placeholder", "mcptools/view"},
	"mcptools/enforcement":  {"guard/approval", "guard/enforce", "guard/pin", "guard/policy", "internal/jsonvalue", "internal/visible", "mcp/front"},
	"mcptools/traffic": {"flow", "store", "infer", "internal/jsonvalue", "internal/lazyregexp", "openapi/build", "mcptools/apidoc", "mcptools/placeholder", "mcptools/codegen", "mcptools/compare",
		"mcptools/extract",
		"mcptools/search", "mcptools/source", "mcptools/tool", "mcptools/view"},
	"mcptools/document": {"flow", "infer", "internal/spelling", "openapi", "openapi/router", "mcptools/apidoc", "mcptools/opname", "mcptools/placeholder",
		"mcptools/search", "mcptools/source", "mcptools/tool", "mcptools/view", "workflow"},
	"mcptools/placeholder": {"flow", "openapi", "internal/jsonvalue", "mcptools/view"},
	"mcptools/codegen":     {"flow", "internal/ascii", "mcptools/view", "mcptools/placeholder"},
	"mcptools/spectools":   {"flow", "openapi", "guard", "guard/pin", "jsonschema", "egress", "mcptools/enforcement", "mcp/front", "internal/spelling", "internal/verb", "internal/visible", "mcptools/extract", "mcptools/lines", "mcptools/opname", "mcptools/opsearch", "infer/headers", "infer/noun", "infer/pagename", "internal/jsonvalue", "internal/pause", "workflow"},
	"page":                 {"internal/httpserver", "internal/refusallog", "internal/pause", "page/wire"},
	"page/api":             {"flow", "store", "catalog", "infer", "openapi", "page/wire", "workflow", "internal/jsonvalue", "internal/lazyregexp", "internal/pause"},
	"page/approvals":       {"guard/approval", "page/wire"},
	"page/call":            {"flow", "store", "catalog", "egress", "guard", "mcptools/placeholder", "mcptools/replay", "mcptools/spectools", "mcptools/tool", "openapi", "page/wire"},
	"page/guard":           {"guard/audit", "guard/grant", "guard/pin", "internal/visible", "page/wire", "internal/pause"},
	"page/hub":             {"relay", "store", "page/wire"},
	"page/rules":           {"rules", "store", "page/wire"},
	"page/traffic":         {"flow", "store", "catalog", "infer", "mcptools/apidoc", "mcptools/codegen", "mcptools/compare", "page/wire", "internal/pause"},
	"page/wire":            {"internal/pause"},
	"workflow":             {"flow", "openapi", "openapi/router", "internal/ascii", "internal/lazyregexp", "internal/visible"},
	"workflow/consumers":   {"internal/demo"}, // for tests
	"mcpclient":            {"egress", "internal/jsonvalue", "jsonschema", "mcp", "internal/visible", "internal/safefile", "internal/spelling"},
	"internal/address":     {},
	"internal/arch":        {},
	"internal/ascii":       {},
	"internal/lazyregexp":  {},
	"internal/attack":      {"guard/oauth/oauthtest", "internal/attack/targettest"}, // knows the program from outside only

	"internal/attack/bypass":     {"internal/attack/targettest"}, // likewise
	"internal/attack/targettest": {},

	"desktop/browser":        {"internal/pause", "internal/safefile"},
	"desktop/childenv":       {},
	"internal/control":       {"flow", "store", "internal/safefile", "internal/pause"},
	"internal/corpustest":    {"flow"},
	"internal/demo":          {},
	"internal/filelimittest": {},
	"internal/httpserver":    {},
	"internal/jsonvalue":     {},
	"internal/spelling":      {},
	"internal/soaktest":      {"flow", "store", "internal/control"},
	"desktop/mcpb":           {},
	"desktop/mcpconfig":      {"internal/safefile", "internal/visible", "internal/lazyregexp"},
	"desktop/netns":          {},
	"internal/pause":         {},
	"internal/refusallog":    {},
	"desktop/sysproxy":       {"internal/safefile"},
	"internal/varint":        {},
	"internal/verb":          {},
	"internal/safefile":      {},
	"internal/visible":       {},
	"cmd/spectap":            {""}, // wires everything
	"cmd/spectap/cli":        {""},
	"packaging":              {},
	"packaging/sbom":         {},

	"guard/approval/webhook":       {"egress", "flow", "flow/redact", "guard/approval", "internal/address", "internal/httpserver", "internal/visible"},
	"openapi/internal/openapitest": {"flow", "infer", "openapi"}, // for tests
	"gateway/gatewaytest":          {"flow/redact", "guard", "mcp"},
}

// doors are the packages that may open connections. Requests that an agent or a person asks for
// leave through egress alone; what the others connect to is named beside them.
var doors = []string{
	"egress",            // the API of a document, at the one origin that a person named
	"capture",           // the upstream of a request that passes the proxy
	"relay/natslog",     // the servers of a hub that a person named, and their nodes
	"internal/control",  // the socket of the store's owner
	"desktop/browser",   // the browser or the WebDriver server that it started
	"desktop/netns",     // what a command in a network of its own connects to, and its name servers
	"desktop/sysproxy",  // the proxy's own address
	"internal/demo",     // the sample API
	"internal/soaktest", // the proxy under test
}

// pure are the packages whose output depends on nothing but their input: no clock, no goroutine, no
// I/O.
var pure = []string{"infer"}

// mcpLibrary is the import path of the types of MCP messages.
const mcpLibrary = "github.com/mark3labs/mcp-go/mcp"

// outlets lists how text leaves the process, and the files that may do it.
var outlets = []outlet{
	{"the terminal", "os", "", []string{"Stdout", "Stderr"}, []string{"cmd/spectap/main.go", "internal/soaktest", "packaging/sbom"}},
	{"the terminal", "fmt", "", []string{"Print", "Printf", "Println"}, []string{"internal/soaktest"}},
	// Program.Stdout and Program.Stderr escape what is written to them.
	{"the terminal without escapes", "", "cmd/spectap/cli", []string{"direct"}, []string{"cmd/spectap/cli/output.go"}},
	{"stdout without escapes", "", "cmd/spectap/cli", []string{"ExactOut"}, []string{
		"cmd/spectap/cli/message_out.go",
		"cmd/spectap/cli/flows/show.go", // --raw
	}},
	{"stdout for messages", "", "cmd/spectap/cli", []string{"MessageOut"}, []string{
		"cmd/spectap/cli/serve/mcp.go", "cmd/spectap/cli/serve/run.go", "cmd/spectap/cli/gateway/gateway.go",
	}},
	{"the log", "log", "", []string{"*"}, []string{"cmd/spectap/cli/program.go", "internal/demo", "internal/soaktest"}},
	{"the log", "log/slog", "", []string{
		"NewTextHandler", "NewJSONHandler", "Default", "SetDefault", "Debug*", "Info*", "Warn*", "Error*", "Log", "LogAttrs",
	}, []string{"cmd/spectap/cli/global.go"}},
	{"a Markdown page", "text/template", "", []string{"*"}, []string{"openapi/page/markdown.go"}},
	{"an HTML page", "html/template", "", []string{"*"}, []string{"openapi/page/html.go", "capture/setup.go"}},
	{"an MCP client", mcpLibrary, "", []string{
		"NewToolResult*", "CallToolResult", "NewTextContent", "TextContent", "TextResourceContents", "NewPromptMessage",
		"PromptMessage", "NewGetPromptResult", "GetPromptResult", "ElicitationParams", "NewElicitation*",
	}, []string{"mcptools/tool/result.go", "mcptools/spectools/result.go", "mcptools/enforcement/tools.go"}},
	{"the list of tools", mcpLibrary, "", []string{"NewTool", "NewToolWithRawSchema"}, []string{
		"mcptools/handler.go", "mcptools/tool/schema.go", // tools that are the same for every document
	}},
}
