package policy

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

func TestOf(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		tool ClassTool
		want Class
	}{
		{ClassTool{Name: "read_file"}, ClassSensitive},
		{ClassTool{Name: "read_note"}, ClassRead},
		{ClassTool{Name: "listDirectory", Description: "Lists a directory."}, ClassRead},
		{ClassTool{Name: "browser_snapshot"}, ClassWrite}, // the name does not start with a verb
		{ClassTool{Name: "get_issue", ReadOnly: &yes}, ClassRead},
		{ClassTool{Name: "get_issue", ReadOnly: &no}, ClassWrite},
		{ClassTool{Name: "get_issue", Destructive: &yes}, ClassWrite},
		{ClassTool{Name: "get_issue", Destructive: &yes, ReadOnly: &yes}, ClassRead},
		{ClassTool{Name: "fetch_everything", ReadOnly: &yes}, ClassRead},
		{ClassTool{Name: "fetch_everything"}, ClassWrite},
		{ClassTool{Name: "update_issue", ReadOnly: &yes}, ClassWrite},
		{ClassTool{Name: "delete_issue", ReadOnly: &yes, Destructive: &no}, ClassDestructive},
		{ClassTool{Name: "list_and_delete"}, ClassDestructive},
		{ClassTool{Name: "getDeletedItems"}, ClassRead},
		{ClassTool{Name: "_get__pull.request"}, ClassRead},
		{ClassTool{Name: "list"}, ClassRead},
		{ClassTool{Name: "update"}, ClassWrite},
		{ClassTool{Name: "DROPTable"}, ClassDestructive},
		{ClassTool{Name: "tidy", Description: "Removes all branches that were merged."}, ClassDestructive},
		{ClassTool{Name: "get_started", Description: "Creates an account"}, ClassWrite},
		{ClassTool{Name: "search_docs", Description: "Runs a search"}, ClassExecute},
		{ClassTool{Name: "run_query"}, ClassExecute},
		{ClassTool{Name: "query_database", Arguments: []string{"sql"}}, ClassExecute},
		{ClassTool{Name: "browser_evaluate"}, ClassExecute},
		{ClassTool{Name: "create_payment"}, ClassExecute},
		{ClassTool{Name: "send_mail"}, ClassExecute},
		{ClassTool{Name: "get_pull_request"}, ClassRead},
		{ClassTool{Name: "create_pull_request"}, ClassWrite},
		{ClassTool{Name: "request_refund"}, ClassExecute},
		{ClassTool{Name: "browser_type"}, ClassExecute},
		{ClassTool{Name: "list_and_run"}, ClassExecute},
		{ClassTool{Name: "health", Method: "GET"}, ClassRead},
		{ClassTool{Name: "getToken", Method: "POST"}, ClassWrite},
		{ClassTool{Name: "get_issue", Destructive: &no}, ClassWrite},
		{ClassTool{Name: "create_issue", Destructive: &no, ReadOnly: &no}, ClassWrite},
		{ClassTool{Name: "BatchRetrieveOrders", Destructive: &no, ReadOnly: &no}, ClassQuery}, // Square
		{ClassTool{Name: "search_orders", Description: "Searches orders and deletes them.", Destructive: &no}, ClassWrite},
		{ClassTool{Name: "searchSecrets", Destructive: &no}, ClassSensitive},
		{ClassTool{Name: "SearchOrders", Method: "POST", Queries: true}, ClassQuery},
		{ClassTool{Name: "get_status", Description: "Returns the environment of the process.", ReadOnly: &yes}, ClassSensitive},
		{ClassTool{Name: "listSecrets", ReadOnly: &yes}, ClassSensitive},
		{ClassTool{Name: "read", Arguments: []string{"path"}}, ClassSensitive},
		{ClassTool{Name: "get_content", Arguments: []string{"path"}, Description: "Returns a file."}, ClassSensitive},
		{ClassTool{Name: "get_operation", Arguments: []string{"method", "path"}}, ClassRead}, // of a URL
		{ClassTool{Name: "list_operations", Description: "Start here.", ReadOnly: &yes}, ClassRead},
		{ClassTool{Name: "cancelVisit", Method: "DELETE"}, ClassDestructive},
		{ClassTool{Name: "deleteVisits", Method: "POST"}, ClassDestructive},
		{ClassTool{Name: "get_files_id", ReadOnly: &yes, Arguments: []string{"file_id", "fields"}}, ClassRead}, // Box
		{ClassTool{Name: "get_files_id_content", ReadOnly: &yes, Arguments: []string{"file_id"}}, ClassSensitive},
		{ClassTool{Name: "get_search", ReadOnly: &yes, Arguments: []string{"query", "file_extensions"}}, ClassRead},
		{ClassTool{Name: "post_files_content", ReadOnly: &no}, ClassWrite},
		{ClassTool{Name: "get-transfer", ReadOnly: &yes}, ClassRead}, // Mollie
		{ClassTool{Name: "terminals-get-pairing-code", ReadOnly: &yes, Arguments: []string{"pairingCodeId", "country_code"}}, ClassRead},
		{ClassTool{Name: "evaluate_js", Arguments: []string{"code"}}, ClassExecute},
		{ClassTool{Name: ""}, ClassWrite},
		{ClassTool{Name: "日本語"}, ClassWrite},
	} {
		if got, why := ClassOf(tt.tool); got != tt.want || why == "" {
			t.Errorf("%+v: %s (%s), want %s", tt.tool, got, why, tt.want)
		}
	}
	for name, want := range map[string]string{
		"list_users": "the name starts with list", "list": "the name starts with list", "list_and_delete": "the name has the word delete",
		"run_query": "the name has the word run", "other": "nothing shows that it only reads",
	} {
		if _, why := ClassOf(ClassTool{Name: name}); why != want {
			t.Errorf("%s: %s, want %s", name, why, want)
		}
	}
}

// TestOfServers holds the classes of the tools of two public servers, with their annotations.
func TestOfServers(t *testing.T) {
	const reads, writes, adds, replaces = `{"readOnlyHint":true}`, `{"readOnlyHint":false,"idempotentHint":true,"destructiveHint":true}`,
		`{"readOnlyHint":false,"idempotentHint":true,"destructiveHint":false}`, `{"readOnlyHint":false,"idempotentHint":false,"destructiveHint":true}`
	for _, tt := range []struct {
		name, annotations string
		want              Class
	}{
		{"read_text_file", reads, ClassSensitive}, {"read_media_file", reads, ClassSensitive}, {"read_multiple_files", reads, ClassSensitive},
		{"get_file_info", reads, ClassSensitive}, {"search_files", reads, ClassSensitive},
		{"list_directory", reads, ClassRead}, {"list_directory_with_sizes", reads, ClassRead}, {"directory_tree", reads, ClassRead}, {"list_allowed_directories", reads, ClassRead},
		{"create_directory", adds, ClassWrite}, {"write_file", writes, ClassWrite}, {"edit_file", replaces, ClassWrite}, {"move_file", replaces, ClassWrite},
		{"get-env", `null`, ClassSensitive}, {"get-sum", `null`, ClassRead}, {"get-tiny-image", `null`, ClassRead}, {"echo", `null`, ClassWrite},
		{"trigger-long-running-operation", `null`, ClassExecute}, {"gzip-file-as-resource", `null`, ClassWrite},
	} {
		var o map[string]any
		text := `{"name":"` + tt.name + `","inputSchema":{"properties":{"path":{"type":"string"},"n":{"type":"number"}}},"annotations":` + tt.annotations + `}`
		if strings.Contains(tt.name, "-") {
			text = `{"name":"` + tt.name + `"}`
		}
		must.Do(t, json.Unmarshal([]byte(text), &o))
		if got, why := ClassOf(ClassFromDefinition(o)); got != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.name, got, why, tt.want)
		}
	}
}

// TestDispatches finds tools that call others by name, as public gateways define them, and not
// those that have a name and an object of their own.
func TestDispatches(t *testing.T) {
	for schema, want := range map[string]string{
		`{"properties":{"name":{"type":"string"},"arguments":{"type":"object"}}}`:                             "name", // mcp-exec of Docker
		`{"properties":{"tool_name":{"type":"string"},"params":{}}}`:                                          "tool_name",
		`{"properties":{"toolName":{"type":"string"},"input":{"type":"object","additionalProperties":true}}}`: "toolName",
		`{"properties":{"name":{"type":"string"},"arguments":{"type":"object","properties":{"a":{}}}}}`:       "",
		`{"properties":{"action":{"type":"string","enum":["start","stop"]},"params":{"type":"object"}}}`:      "",
		`{"properties":{"name":{"type":"string"},"parameters":{"type":"object"}}}`:                            "",
		`{"properties":{"method":{"type":"string"},"url":{"type":"string"}}}`:                                 "",
	} {
		var o map[string]any
		must.Do(t, json.Unmarshal([]byte(schema), &o))
		if got := dispatches(o); got != want {
			t.Errorf("%s: %q, want %q", schema, got, want)
		}
		c, why := ClassOf(ClassFromDefinition(map[string]any{"name": "get_it", "inputSchema": o}))
		if (c == ClassExecute) != (want != "") {
			t.Errorf("%s is of class %v: %s", schema, c, why)
		}
	}
}

// TestReadsByPost takes a POST for a read only if the path says so as well, which a document of
// somebody else cannot forge.
func TestReadsByPost(t *testing.T) {
	for _, tt := range []struct {
		path, name, summary string
		want                bool
	}{
		{"/v2/orders/search", "SearchOrders", "SearchOrders", true}, // Square
		{"/v2/customers/bulk-retrieve", "BulkRetrieveCustomers", "BulkRetrieveCustomers", true},
		{"/v2/loyalty/programs/{program_id}/calculate", "CalculateLoyaltyPoints", "Calculates loyalty points", true},
		{"/v2/terminals/refunds/search", "SearchTerminalRefunds", "SearchTerminalRefunds", true},
		{"/2/files/search_v2", "files_search", "Search", false}, // Dropbox: the name begins with files
		{"/v2/payments", "SearchPayments", "Search payments", false},
		{"/v2/payments/{search}", "SearchPayments", "Search payments", false},
		{"/v2/payments;/search", "SearchPayments", "Search payments", false},
		{"/v2/payments?/search", "SearchPayments", "Search payments", false},
		{"/v2/payments%2fsearch", "SearchPayments", "Search payments", false},
		{"/v2/orders/search", "CreateOrder", "Search orders", false},
		{"/v2/orders/search", "SearchOrders", "", false},
		{"/v2/orders/search", "SearchOrders", "Search orders and remove them", false},
		{"/v2/orders/search-and-replace", "SearchOrders", "Search orders", false},
		{"/v2/orders/searchDelete", "SearchOrders", "Search orders", false},
		{"/v2/invoices/preview", "previewInvoice", "Previews and sends an invoice", false},
		{"", "", "", false},
	} {
		if got := ReadsByPost(tt.path, tt.name, tt.summary); got != tt.want {
			t.Errorf("%s %s %q: %t", tt.path, tt.name, tt.summary, got)
		}
	}
}
