package arch

// libraries lists the folders that may import a library, which is named by the beginning of its
// path.
var libraries = map[string][]string{
	"github.com/elazarl/goproxy":     {"capture"},
	"go.etcd.io/bbolt":               {"store", "guard"},
	"github.com/getkin/kin-openapi":  {"openapi", "catalog", "mcptools", "gateway/httpguard", "mock", "page/api", "workflow", "cmd/spectap", "cmd/spectap/cli"},
	"github.com/mark3labs/mcp-go":    {"mcp", "mcptools", "mcpclient", "cmd/spectap", "cmd/spectap/cli"},
	"github.com/go-json-experiment/": {"infer", "flow", "openapi", "mcptools", "mcp", "mcpclient", "guard", "gateway", "jsonschema", "internal/jsonvalue", "page/wire", "workflow", "cmd/spectap", "cmd/spectap/cli"},
	"github.com/BurntSushi/toml":     {"desktop/mcpconfig", "flow/redact/rules"},
	"github.com/tailscale/hujson":    {"desktop/mcpconfig"},
	"github.com/spf13/cobra":         {"cmd/spectap", "cmd/spectap/cli"},
	"github.com/icholy/digest":       {"egress"},
	"github.com/santhosh-tekuri/":    {"jsonschema"},
	"github.com/dlclark/regexp2":     {"jsonschema"},
	"github.com/go-jose/":            {"guard/oauth"},
	"github.com/nats-io/":            {"relay/natslog"},
	"github.com/gopacket/":           {"flow/pcap"},
	"github.com/google/nftables":     {"desktop/netns"},
	"github.com/vishvananda/":        {"desktop/netns"},
	"github.com/bufbuild/":           {"flow/grpc"},
	"google.golang.org/protobuf":     {"flow/grpc", "egress/otlp"},
	"go.opentelemetry.io/":           {"egress/otlp"},
	"connectrpc.com/":                {"flow/grpc"}, // tests
}

// An area is a folder, with the folders below it that have no row of their own.
type area struct {
	path    string
	imports []string // areas it may import, besides itself and the helpers below internal
}

// areas lists the allowed imports. An area imports only areas above it in the list, so that imports
// go one way and end at flow.
var areas = []area{
	{"internal", nil}, // helpers, which know no area
	{"flow", nil},
	{"jsonschema", nil},
	{"store", []string{"flow"}},
	{"rules", []string{"flow", "store"}},
	{"relay", []string{"flow", "store"}},
	{"capture", []string{"flow"}},
	{"certs", nil},
	{"desktop", nil},
	{"infer", []string{"flow"}},
	{"openapi/yamledit", []string{"flow"}}, // knows nothing of OpenAPI
	{"openapi", []string{"flow", "jsonschema", "openapi/yamledit"}},
	{"openapi/build", []string{"flow", "infer", "openapi"}},
	{"openapi/internal/openapitest", []string{"flow", "infer", "openapi"}}, // for tests
	{"catalog", []string{"flow", "store", "infer", "openapi", "openapi/build"}},
	{"internal/test/sample", []string{"certs"}}, // an API for tests
	{"workflow", []string{"flow", "openapi"}},
	{"mock", []string{"flow", "openapi"}},
	{"guard", []string{"flow", "jsonschema", "openapi/yamledit"}},
	{"egress", []string{"flow", "guard"}},
	{"guard/approval/webhook", []string{"flow", "guard", "egress"}},
	{"mcp", []string{"guard", "egress"}},
	{"docs/skill", nil}, // texts for models
	{"mcptools", []string{"docs/skill", "flow", "store", "rules", "infer", "openapi", "openapi/build", "catalog", "workflow", "jsonschema", "guard", "egress", "mcp"}},
	{"gateway", []string{"flow", "jsonschema", "guard", "mcp", "mcptools/opsearch", "mcptools/view"}},
	{"gateway/httpguard", []string{"capture", "flow", "infer", "openapi", "guard", "egress", "mcptools/spectools"}},
	{"mcpclient", []string{"jsonschema", "egress", "mcp"}},
	{"page", []string{"flow", "store", "rules", "relay", "infer", "openapi", "openapi/build", "catalog", "workflow", "guard", "egress", "mcptools"}},
	{"internal/control", []string{"flow", "store"}},
	{"internal/corpustest", []string{"flow"}},
	{"internal/soaktest", []string{"flow", "store", "internal/control"}},
	{"internal/attack", []string{"guard/oauth/oauthtest"}}, // knows the program from outside only
	{"packaging", nil},
	{"cmd/spectap", nil}, // wires everything
}

// sealed lists packages that the packages of a folder must not import, directly or indirectly.
var sealed = map[string][]string{
	// Tools say what calls would do, and judge nothing.
	"mcptools": {"guard/enforce", "guard/approval", "mcp/front"},
	// Tools that read must not reach packages that write or send.
	"mcptools/traffic":  {"egress", "guard", "rules", "mcptools/replay"},
	"mcptools/document": {"egress", "guard", "rules", "mcptools/replay"},
	// A document is served without a capture.
	"mcptools/spectools": {"store", "catalog", "mcptools/traffic"},
	// The inference has no clock and no I/O.
	pure: {"internal/safefile", "internal/httpserver", "internal/pause", "internal/refusallog"},
	// Calls of the page are declared without their implementation.
	"page/wire": {"flow", "mcptools"},
}

// pure is the folder whose output depends only on its input: no clock, no goroutine, no I/O.
const pure = "infer"

// doors are the packages that may open connections. Requests for an agent or a person leave through
// egress alone. A comment names the destination of each other package.
var doors = []string{
	"egress",               // the API of a document, at the one origin that a person named
	"capture",              // the upstream of a request that passes the proxy
	"relay/natslog",        // the servers of a hub that a person named, and their nodes
	"internal/control",     // the socket of the store's owner
	"desktop/browser",      // the browser that it started
	"desktop/netns",        // destinations of a command in its own network namespace, and its name servers
	"internal/test/sample", // the sample API
	"internal/soaktest",    // the proxy under test
}

// mcpLibrary is the import path of the types of MCP messages.
const mcpLibrary = "github.com/mark3labs/mcp-go/mcp"

// uses lists the ways by which text and traffic leave the process, and the files that may use them:
// these files escape foreign text for its destination.
var uses = []use{
	{"connections", "net", "", []string{"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"}, doors},
	// The zero http.Client uses http.DefaultTransport.
	{"connections", "net/http", "", []string{"Transport", "DefaultTransport", "Client", "DefaultClient", "Get", "Head", "Post", "PostForm"}, doors},
	{"connections", "crypto/tls", "", []string{"Dial", "DialWithDialer", "Dialer"}, doors},
	{"the terminal", "os", "", []string{"Stdout", "Stderr"}, []string{"cmd/spectap/main.go", "internal/soaktest"}},
	{"the terminal", "fmt", "", []string{"Print", "Printf", "Println"}, []string{"internal/soaktest"}},
	// Program.Stdout and Program.Stderr escape their output.
	{"the terminal without escapes", "", "cmd/spectap/cli", []string{"direct"}, []string{"cmd/spectap/cli/output.go"}},
	{"stdout without escapes", "", "cmd/spectap/cli", []string{"ExactOut"}, []string{
		"cmd/spectap/cli/message_out.go",
		"cmd/spectap/cli/flows/show.go", // --raw
	}},
	{"stdout for messages", "", "cmd/spectap/cli", []string{"MessageOut"}, []string{
		"cmd/spectap/cli/serve/mcp.go", "cmd/spectap/cli/serve/run.go", "cmd/spectap/cli/gateway/gateway.go",
	}},
	{"the log", "log", "", []string{"*"}, []string{"cmd/spectap/cli/program.go", "internal/test/sample", "internal/soaktest"}},
	{"the log", "log/slog", "", []string{
		"NewTextHandler", "NewJSONHandler", "Default", "SetDefault", "Debug*", "Info*", "Warn*", "Error*", "Log", "LogAttrs",
	}, []string{"cmd/spectap/cli/global.go"}},
	{"Markdown", "text/template", "", []string{"*"}, []string{"openapi/page/markdown.go"}},
	{"HTML", "html/template", "", []string{"*"}, []string{"openapi/page/html.go", "capture/setup.go"}},
	{"texts for MCP clients", mcpLibrary, "", []string{
		"NewToolResult*", "CallToolResult", "NewTextContent", "TextContent", "TextResourceContents", "NewPromptMessage",
		"PromptMessage", "NewGetPromptResult", "GetPromptResult", "ElicitationParams", "NewElicitation*",
	}, []string{"mcptools/tool/result.go", "mcptools/spectools/result.go", "mcp/front/judge.go", "mcp/front/questions.go"}},
	{"the list of tools", mcpLibrary, "", []string{"NewTool", "NewToolWithRawSchema"}, []string{
		"mcptools/handler.go", "mcptools/tool/schema.go", // tools that are the same for every document
	}},
	{"a clock", "time", pure, []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}, nil},
	{"I/O", "os", pure, []string{"*"}, nil},
	{"I/O", "os/exec", pure, []string{"*"}, nil},
	{"I/O", "net", pure, []string{"*"}, nil},
	{"I/O", "net/http", pure, []string{"*"}, nil},
	{"I/O", "log/slog", pure, []string{"*"}, nil},
	{"I/O", "syscall", pure, []string{"*"}, nil},
	{"randomness", "crypto/rand", pure, []string{"*"}, nil},
	{"randomness", "math/rand", pure, []string{"*"}, nil},
	{"randomness", "math/rand/v2", pure, []string{"*"}, nil},
}
