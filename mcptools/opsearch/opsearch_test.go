package opsearch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// helpDesk are operations of an API that no corpus has.
var helpDesk = strings.Fields(`
	GET:/v2/tickets POST:/v2/tickets GET:/v2/tickets/{id} PATCH:/v2/tickets/{id} DELETE:/v2/tickets/{id}
	GET:/v2/tickets/{id}/notes POST:/v2/tickets/{id}/notes DELETE:/v2/tickets/{id}/notes/{note}
	GET:/v2/tickets/{id}/attachments POST:/v2/tickets/{id}/attachments PUT:/v2/tickets/{id}/labels/{label}
	DELETE:/v2/tickets/{id}/labels/{label} POST:/v2/tickets/{id}/merge PUT:/v2/tickets/{id}/assignee
	GET:/v2/contacts POST:/v2/contacts GET:/v2/contacts/{id} PUT:/v2/contacts/{id} DELETE:/v2/contacts/{id}
	GET:/v2/contacts/{id}/tickets POST:/v2/appointments GET:/v2/appointments DELETE:/v2/appointments/{id}
	POST:/v2/exports POST:/v2/exports/{id}/abort GET:/v2/exports/{id}/content GET:/v2/sla POST:/v2/invitations
	GET:/v2/knowledgebase/articles GET:/v2/repos/{id}/deploykeys POST:/invoice/list POST:/invoice/remove POST:/invoice/add
	GET:/v2/prepaid/balance GET:/v2/usage/limit`)

// newHelpDesk returns an index of operations whose names say nothing.
func newHelpDesk() *Index {
	var ops []Operation
	for i, o := range helpDesk {
		method, path, _ := strings.Cut(o, ":")
		ops = append(ops, Operation{Name: fmt.Sprintf("op%d", i), Method: method, Path: path})
	}
	return New(ops)
}

func everything(int) bool { return true }

// TestFind requires the operation that does what the words say to come first.
func TestFind(t *testing.T) {
	x := newHelpDesk()
	for _, tt := range []struct{ query, want string }{
		{"close a ticket", "PATCH:/v2/tickets/{id}"},
		{"reopen the ticket", "PATCH:/v2/tickets/{id}"},
		{"put a file into a ticket", "POST:/v2/tickets/{id}/attachments"},
		{"upload a file to a ticket", "POST:/v2/tickets/{id}/attachments"},
		{"add an asset to a ticket", "POST:/v2/tickets/{id}/attachments"},
		{"cancel an appointment", "DELETE:/v2/appointments/{id}"},
		{"add a ticket", "POST:/v2/tickets"},
		{"new contact", "POST:/v2/contacts"},
		{"erase a contact", "DELETE:/v2/contacts/{id}"},
		{"list the tickets of a contact", "GET:/v2/contacts/{id}/tickets"},
		{"all tickets", "GET:/v2/tickets"},
		{"show one ticket", "GET:/v2/tickets/{id}"},
		{"comment on a ticket", "POST:/v2/tickets/{id}/notes"},
		{"remove a tag from a ticket", "DELETE:/v2/tickets/{id}/labels/{label}"},
		{"merge tickets", "POST:/v2/tickets/{id}/merge"},
		{"assign somebody to a ticket", "PUT:/v2/tickets/{id}/assignee"},
		{"stop an export", "POST:/v2/exports/{id}/abort"},
		{"download an export", "GET:/v2/exports/{id}/content"},
		{"invite someone", "POST:/v2/invitations"},
		{"service level agreements", "GET:/v2/sla"},
		{"articles of the knowledge base", "GET:/v2/knowledgebase/articles"},
		{"what deploy keys does a repository have", "GET:/v2/repos/{id}/deploykeys"},
		{"delete an invoice", "POST:/invoice/remove"},
		{"which bills are there", "POST:/invoice/list"},
		{"create an invoice", "POST:/invoice/add"},
		{"how much money do we have", "GET:/v2/prepaid/balance"},
		{"how much quota have I", "GET:/v2/usage/limit"},
		{"API calls left", "GET:/v2/usage/limit"},
		{"requests remaining", "GET:/v2/usage/limit"},
		{"next page of tickets", "GET:/v2/tickets"},
		{"page of articles", "GET:/v2/knowledgebase/articles"},
		{"get the second page of articles", "GET:/v2/knowledgebase/articles"},
	} {
		found := x.Find(tt.query, everything)
		if len(found) == 0 || helpDesk[found[0]] != tt.want {
			var got []string
			for _, i := range found[:min(4, len(found))] {
				got = append(got, helpDesk[i])
			}
			t.Errorf("%s: got %s, want %s", tt.query, strings.Join(got, " "), tt.want)
		}
	}
}

// TestFindRPC searches an API that is called with POST only, by the verbs at the ends of its paths.
func TestFindRPC(t *testing.T) {
	paths := strings.Fields(`users/list users/create users/deactivate team/member/add team/member/remove team/member/list
		conversations/open conversations/close conversations/members conversations/leave files/upload files/delete files/list
		chat/post_message chat/update_message reactions/add account/open account/close account/freeze account/balance/get
		card/block card/list order/place order/cancel order/refund/create order/get case/close case/reopen case/note/add
		case/attachment/upload subscription/pause subscription/terminate webhook/register webhook/list reminders/complete
		auth/token/create auth/token/revoke auth/login auth/logout auth/test`)
	var ops []Operation
	for _, p := range paths {
		ops = append(ops, Operation{Name: strings.ReplaceAll(p, "/", "_"), Method: "POST", Path: "/" + p})
	}
	x := New(ops)
	for query, want := range map[string]string{
		"add a member":                  "team/member/add",
		"upload":                        "files/upload",
		"close an account":              "account/close",
		"write a message":               "chat/post_message",
		"cancel a subscription":         "subscription/terminate",
		"give money back for an order":  "order/refund/create",
		"buy something":                 "order/place",
		"who is in the conversation":    "conversations/members",
		"put a file into a case":        "case/attachment/upload",
		"sign in":                       "auth/login",
		"log out":                       "auth/logout",
		"disable a user":                "users/deactivate",
		"mark a reminder as done":       "reminders/complete",
		"money on my account":           "account/balance/get",
		"be called back: add a webhook": "webhook/register",
	} {
		found := x.Find(query, everything)
		if len(found) == 0 || paths[found[0]] != want {
			var got []string
			for _, i := range found[:min(4, len(found))] {
				got = append(got, paths[i])
			}
			t.Errorf("%s: got %s, want %s", query, strings.Join(got, " "), want)
		}
	}
}

// TestFindOneself asks for the account of the caller, which APIs name in different ways.
func TestFindOneself(t *testing.T) {
	others := []Operation{
		{Name: "listUsers", Method: "GET", Path: "/users", Summary: "List users"},
		{Name: "getUser", Method: "GET", Path: "/users/{id}", Summary: "Get a user"},
		{Name: "setRunners", Method: "PUT", Path: "/orgs/{org}/self-hosted-runners", Summary: "Set self-hosted runners"},
		{Name: "listStarred", Method: "GET", Path: "/user/starred", Summary: "List repositories starred by the authenticated user"},
		{Name: "updateSelf", Method: "PATCH", Path: "/user", Summary: "Update the authenticated user"},
	}
	for _, own := range []Operation{
		{Name: "users_get-authenticated", Method: "GET", Path: "/user", Summary: "Get the authenticated user"},
		{Name: "getMyAccount", Method: "GET", Path: "/accounts/me", Summary: "Get my account"}, {Name: "getSelf", Method: "GET", Path: "/users/self"},
		{Name: "getCurrentUser", Method: "GET", Path: "/users/current"},
	} {
		ops := append(slices.Clone(others), own)
		if strings.HasPrefix(own.Path, "/accounts") { // such an API has accounts in place of users
			for i := range others {
				ops[i].Path = strings.ReplaceAll(ops[i].Path, "user", "account")
				ops[i].Name = strings.ReplaceAll(ops[i].Name, "User", "Account")
				ops[i].Summary = strings.ReplaceAll(ops[i].Summary, "user", "account")
			}
		}
		x := New(ops)
		if found := x.Find("who am I", everything); !slices.Contains(found[:min(2, len(found))], len(others)) {
			t.Errorf("%s: got %v", own.Path, found)
		}
	}
}

// TestFindDeprecated requires a deprecated operation to come after its successor.
func TestFindDeprecated(t *testing.T) {
	x := New([]Operation{
		{Name: "watchPods", Method: "GET", Path: "/watch/pods", Description: "deprecated: use the parameter watch of pods"},
		{Name: "oldPods", Method: "GET", Path: "/pods", Deprecated: true},
		{Name: "listPods", Method: "GET", Path: "/v2/pods"},
	})
	if got := x.Find("filter pods by label", everything); len(got) != 3 || got[0] != 2 {
		t.Errorf("got %v", got)
	}
}

// TestFindSummary requires the operation whose summary a query repeats to come first.
func TestFindSummary(t *testing.T) {
	x := New([]Operation{
		{Name: "requestedReviewers", Method: "GET", Path: "/pulls/{n}/requested_reviewers", Summary: "All reviewers that a pull request asks for"},
		{Name: "ofCommit", Method: "GET", Path: "/commits/{c}/pulls", Summary: "List pull requests of a commit"},
		{Name: "pulls", Method: "GET", Path: "/repos/{owner}/{repo}/pulls", Summary: "List pull requests"},
	})
	if got := x.Find("list the pull requests", everything); len(got) == 0 || got[0] != 2 {
		t.Errorf("got %v", got)
	}
}

// TestFindHead prefers the operation whose path ends with what the query is about.
func TestFindHead(t *testing.T) {
	x := New([]Operation{{Method: "GET", Path: "/labels/{id}/tickets"}, {Method: "GET", Path: "/tickets/{id}/labels"}})
	for query, want := range map[string]int{"tickets of a label": 0, "labels of a ticket": 1, "show the labels on a ticket": 1} {
		if got := x.Find(query, everything); len(got) != 2 || got[0] != want {
			t.Errorf("%s: got %v, want %d", query, got, want)
		}
	}
}

// TestFindRareWords prefers a word that few operations have to one that many have.
func TestFindRareWords(t *testing.T) {
	ops := []Operation{{Method: "GET", Path: "/a", Tags: []string{"zebra"}}}
	for _, path := range []string{"/b", "/c", "/d", "/e"} {
		ops = append(ops, Operation{Method: "GET", Path: path, Tags: []string{"ticket"}})
	}
	if got := New(ops).Find("zebra tickets", everything); len(got) != 5 || got[0] != 0 {
		t.Errorf("got %v", got)
	}
}

// TestFindNominals finds verbs by the nouns that are made from them, and nouns by their verbs.
func TestFindNominals(t *testing.T) {
	paths := []string{"/channels/{id}/subscribe", "/channels/{id}/submissions", "/channels/{id}/conversion", "/channels/{id}/reply"}
	var ops []Operation
	for _, p := range paths {
		ops = append(ops, Operation{Method: "POST", Path: p})
	}
	x := New(ops)
	for query, want := range map[string]int{"subscription": 0, "submit something": 1, "convert a channel": 2, "extension": -1} {
		got := x.Find(query, everything)
		if want < 0 && len(got) > 0 || want >= 0 && (len(got) == 0 || got[0] != want) {
			t.Errorf("%s: got %v, want %d", query, got, want)
		}
	}
}

// TestFindAll returns every operation for queries that say nothing, and none for unknown words.
func TestFindAll(t *testing.T) {
	x := newHelpDesk()
	for query, want := range map[string]int{"": len(helpDesk), " \t ": len(helpDesk), "page": 0, "next page of": 0, "zebra": 0, "délicieux 漢字": 0} {
		if got := x.Find(query, everything); len(got) != want || !slices.IsSorted(got) {
			t.Errorf("%q: %v, want %d operations", query, got, want)
		}
	}
	isGet := func(i int) bool { return strings.HasPrefix(helpDesk[i], "GET:") }
	if got := x.Find("ticket", isGet); len(got) == 0 || slices.ContainsFunc(got, func(i int) bool { return !isGet(i) }) {
		t.Errorf("filtered: %v", got)
	}
	if got := New(nil).Find("ticket", everything); len(got) != 0 {
		t.Errorf("no operations: %v", got)
	}
}

// FuzzFind searches for any text among operations with any texts.
func FuzzFind(f *testing.F) {
	f.Add("add a label to an issue", "/a/{b}/labels", "createLabel")
	f.Add("é of to", "{}//", "É")
	f.Fuzz(func(t *testing.T, query, path, name string) {
		x := New([]Operation{{Name: name, Method: "POST", Path: path}, {Name: "other", Method: "GET", Path: "/other"}})
		first := x.Find(query, everything)
		for range 3 {
			if again := x.Find(query, everything); !slices.Equal(first, again) {
				t.Fatalf("%v, then %v", first, again)
			}
		}
	})
}
