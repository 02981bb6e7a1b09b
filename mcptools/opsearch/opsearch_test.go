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
	GET:/v2/prepaid/balance GET:/v2/usage/limit GET:/v2/jobs GET:/v2/teams/{team}/jobs POST:/v2/teams/{team}/jobs
	PATCH:/v2/teams/{team}/jobs/{job} DELETE:/v2/teams/{team}/jobs/{job} GET:/v2/me/jobs`)

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
		{"throw away a ticket", "DELETE:/v2/tickets/{id}"},
		{"take a tag off a ticket", "DELETE:/v2/tickets/{id}/labels/{label}"},
		{"leave a remark on a ticket", "POST:/v2/tickets/{id}/notes"},
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
		{"how do I close a ticket", "PATCH:/v2/tickets/{id}"},
		{"I want to stop an appointment", "DELETE:/v2/appointments/{id}"},
		{"details of a contact", "GET:/v2/contacts/{id}"},
		{"list my jobs", "GET:/v2/me/jobs"},
		{"start a job", "POST:/v2/teams/{team}/jobs"},
		{"stop a job", "DELETE:/v2/teams/{team}/jobs/{job}"},
		{"snooze a ticket", "PATCH:/v2/tickets/{id}"},
	} {
		found, _ := x.Find(tt.query, everything)
		if len(found) == 0 || helpDesk[found[0]] != tt.want {
			var got []string
			for _, i := range found[:min(4, len(found))] {
				got = append(got, helpDesk[i])
			}
			t.Errorf("%s: got %s, want %s", tt.query, strings.Join(got, " "), tt.want)
		}
	}
}

// TestWeak requires that operations without the noun of a query are known to be weak.
func TestWeak(t *testing.T) {
	_, isWeak := newHelpDesk().Find("merge a spaceship", everything)
	_, isTicket := newHelpDesk().Find("merge a ticket", everything)
	if merge := slices.Index(helpDesk, "POST:/v2/tickets/{id}/merge"); !isWeak(merge) || isTicket(merge) {
		t.Errorf("spaceship: weak %v, ticket: weak %v", isWeak(merge), isTicket(merge))
	}
}

// TestFindByMeaning has words that name no part of the operation: phrasal verbs, what may stand
// between their words, people with whom something is shared, and places of objects.
func TestFindByMeaning(t *testing.T) {
	ops := []Operation{
		{Method: "POST", Path: "/refunds", Summary: "Create refund", Members: []string{"payment", "amount"}},
		{Method: "POST", Path: "/payments", Summary: "Create payment", Members: []string{"customer", "amount"}},
		{Method: "PUT", Path: "/customers/{id}", Summary: "Update customer"},
		{Method: "POST", Path: "/collaborations", Summary: "Create collaboration", Members: []string{"item", "role"}},
		{Method: "PUT", Path: "/files/{id}", Summary: "Update file", Members: []string{"shared_link", "name"}},
		{Method: "POST", Path: "/files/content", Summary: "Upload file", Members: []string{"parent"}},
		{Method: "POST", Path: "/folders", Summary: "Create folder", Members: []string{"name"}},
		{Method: "GET", Path: "/folders/{id}/items", Summary: "List items in folder"},
		{Method: "GET", Path: "/files/{id}/content", Summary: "Download file"},
		{Method: "DELETE", Path: "/files/{id}", Summary: "Delete file"},
		{Method: "DELETE", Path: "/files/{id}/trash", Summary: "Permanently remove file"},
		{Method: "POST", Path: "/stock/transfer", Summary: "Transfer stock"},
	}
	x := New(ops)
	for query, want := range map[string]string{
		"give back 5 euros of a payment to the buyer": "/refunds", "return money to the customer": "/refunds", "pay the buyer back": "/refunds",
		"reimburse a customer for a payment": "/refunds", "share a file with a colleague by email": "/collaborations",
		"give someone access to a file": "/collaborations", "upload a text file into a folder": "/files/content",
		"list the contents of a folder": "/folders/{id}/items", "what is in a folder": "/folders/{id}/items",
		"permanently delete a file": "/files/{id}/trash", "delete a file": "/files/{id}", "move stock": "/stock/transfer",
	} {
		if found, _ := x.Find(query, everything); len(found) == 0 || ops[found[0]].Path != want {
			t.Errorf("%s: got %v, want %s", query, found, want)
		}
	}
}

// FuzzFind searches for any text among operations with any texts.
func FuzzFind(f *testing.F) {
	f.Add("add a label to an issue", "/a/{b}/labels", "createLabel")
	f.Add("é of to", "{}//", "É")
	f.Fuzz(func(t *testing.T, query, path, name string) {
		x := New([]Operation{{Name: name, Method: "POST", Path: path}, {Name: "other", Method: "GET", Path: "/other"}})
		first, _ := x.Find(query, everything)
		for range 3 {
			if again, _ := x.Find(query, everything); !slices.Equal(first, again) {
				t.Fatalf("%v, then %v", first, again)
			}
		}
	})
}

func TestPostEffect(t *testing.T) {
	for _, tt := range []struct{ id, path, want string }{
		{"createInvoice", "/invoices", "create_resource"},
		{"", "/invoices", "create_resource"},
		{"PostRefunds", "/v1/refunds", "create_resource"},
		{"uploadFile", "/files", "create_resource"},
		{"PostCustomersCustomer", "/v1/customers/{customer}", "update_resource"},
		{"itemWebhookUpdate", "/item/webhook/update", "update_resource"},
		{"updatePetWithForm", "/pet/{id}", "update_resource"},
		{"itemRemove", "/item/remove", "delete_resource"},
		{"pulls/merge", "/repos/{o}/{r}/pulls/{n}/merge", "perform_action"},
		{"", "/forms/{id}/submit", "perform_action"},
		{"PostInvoicesInvoiceSend", "/v1/invoices/{invoice}/send", "perform_action"},
		{"PostSubscriptionsCancel", "/v1/subscriptions/{id}/cancel", "perform_action"},
		{"searchIssues", "/search", "perform_action"},
	} {
		if got := PostEffect(tt.id, tt.path); got != tt.want {
			t.Errorf("%s POST %s: %s, want %s", tt.id, tt.path, got, tt.want)
		}
	}
}
