package opsearch

import (
	"strings"
	"testing"
)

// publicTools are names of tools of public MCP servers, with what their descriptions begin with.
const publicTools = `
create_issue: Create a new issue in a GitHub repository
list_issues: List issues in a GitHub repository with filtering options
update_issue: Update an existing issue in a GitHub repository
get_issue: Get details of a specific issue in a GitHub repository.
add_issue_comment: Add a comment to an existing issue
search_code: Search for code across GitHub repositories
search_repositories: Search for GitHub repositories
create_pull_request: Create a new pull request in a GitHub repository
merge_pull_request: Merge a pull request
get_pull_request_files: Get the list of files changed in a pull request
create_pull_request_review: Create a review on a pull request
create_or_update_file: Create or update a single file in a GitHub repository
get_file_contents: Get the contents of a file or directory from a GitHub repository
push_files: Push multiple files to a GitHub repository in a single commit
fork_repository: Fork a GitHub repository to your account or specified organization
create_branch: Create a new branch in a GitHub repository
list_commits: Get list of commits of a branch in a GitHub repository
browser_navigate: Navigate to a URL
browser_take_screenshot: Take a screenshot of the current page
browser_click: Perform click on a web page
browser_press_key: Press a key on the keyboard
browser_tab_close: Close a tab
move_file: Move or rename files and directories
list_directory: Get a detailed listing of all files and directories in a specified path
directory_tree: Get a recursive tree view of files and directories as a JSON structure
slack_post_message: Post a new message to a Slack channel
slack_add_reaction: Add a reaction emoji to a message
slack_list_channels: List public channels in the workspace with pagination
slack_get_users: Get a list of all users in the workspace with their basic profile information
read_query: Execute a SELECT query on the SQLite database
describe_table: Get the schema information for a specific table`

// TestFindTools requires the tool that does what the words say to come first.
func TestFindTools(t *testing.T) {
	var ops []Operation
	for line := range strings.Lines(strings.TrimSpace(publicTools)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		tool := Tool{Name: name, Description: text}
		if name == "update_issue" {
			tool.Schema = map[string]any{"properties": map[string]any{"state": map[string]any{"enum": []any{"open", "closed"}}}}
		}
		ops = append(ops, tool.Operation())
	}
	x := New(ops)
	for _, tt := range []struct{ query, want string }{
		{"open a new issue", "create_issue"}, {"close an issue", "update_issue"}, {"show one issue", "get_issue"}, {"list the issues of a repository", "list_issues"},
		{"comment on an issue", "add_issue_comment"}, {"merge a pull request", "merge_pull_request"}, {"review a pull request", "create_pull_request_review"},
		{"which files does a pull request change", "get_pull_request_files"}, {"read a file of a repository", "get_file_contents"},
		{"take a picture of the page", "browser_take_screenshot"}, {"click a button on the page", "browser_click"}, {"go to a url", "browser_navigate"},
		{"close a tab", "browser_tab_close"}, {"rename a file", "move_file"}, {"send a message to a channel", "slack_post_message"},
		{"react to a message", "slack_add_reaction"}, {"list channels", "slack_list_channels"}, {"all users", "slack_get_users"},
		{"schema of a table", "describe_table"}, {"run a sql query", "read_query"}, {"fork a repository", "fork_repository"},
	} {
		found, _ := x.Find(tt.query, everything)
		if len(found) == 0 || ops[found[0]].Name != tt.want {
			var got []string
			for _, i := range found[:min(len(found), 4)] {
				got = append(got, ops[i].Name)
			}
			t.Errorf("%s: found %s, want %s first", tt.query, strings.Join(got, ", "), tt.want)
		}
	}
}
