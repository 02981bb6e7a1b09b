package infer

import (
	"slices"
	"strings"
	"testing"
)

func subject(op string, lists bool) nameSubject {
	method, path, _ := strings.Cut(op, " ")
	n := nameSubject{method: method}
	if lists {
		n.answers = answersList
	}
	for s := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if name, ok := strings.CutPrefix(s, "{"); ok {
			n.steps = append(n.steps, step{params: []string{strings.TrimSuffix(name, "}")}})
		} else {
			n.steps = append(n.steps, step{literal: s})
		}
	}
	n.steps = told(n.steps, 0)
	n.action = method == "POST" && !strings.HasSuffix(path, "s") && !strings.HasSuffix(path, "}")
	return n
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		op          string
		lists       bool
		id, summary string
	}{
		{"GET /users", true, "listUsers", "List the users"},
		{"POST /users", false, "createUser", "Create a user"},
		{"GET /users/{id}", false, "getUser", "Get a user"},
		{"PUT /users/{id}", false, "replaceUser", "Replace a user"},
		{"PATCH /v1/users/{id}", false, "updateUser", "Update a user"},
		{"DELETE /api/v1/users/{id}", false, "deleteUser", "Delete a user"},
		{"GET /users/{id}/orders", true, "listUserOrders", "List the orders of a user"},
		{"GET /repos/{owner}/{repo}/issues/{number}", false, "getRepoIssue", "Get an issue of a repo"},
		{"POST /orders/{id}/cancel", false, "cancelOrder", "Cancel an order"},
		{"GET /account/login-history", true, "listAccountLoginHistory", "List the account login history"},
		{"POST /cart/items", false, "createCartItem", "Create a cart item"},
		{"GET /cart", false, "getCart", "Get the cart"},
		{"GET /", false, "getRoot", "Get the root"},
		{"GET /categories/{slug}", false, "getCategory", "Get a category"},
		{"GET /reports/sales", true, "listReportsSales", "List the report sales"},
		{"GET /settings/billing", false, "getSettingsBilling", "Get the settings billing"},
		{"POST /oauth/token", false, "createOauthToken", "Create an oauth token"},
		{"POST /uploads", false, "createUpload", "Create an upload"},
		{"GET /units/{id}", false, "getUnit", "Get a unit"},
		{"GET /products/featured", true, "listFeaturedProducts", "List the featured products"},
		{"GET /user/starred", true, "listUserStarred", "List the user starred"},
		{"GET /me", false, "getCurrentUser", "Get the current user"},
		{"PATCH /accounts/me", false, "updateCurrentAccount", "Update the current account"},
		{"POST /accounts/me", false, "updateCurrentAccount", "Update the current account"},
		{"GET /v1/me/playlists", true, "listCurrentUserPlaylists", "List the playlists of the current user"},
		{"DELETE /users/me/keys/{id}", false, "deleteCurrentUserKey", "Delete a key of the current user"},
		{"GET /users/{id}/subscriptions/current", false, "getUserCurrentSubscription", "Get the current subscription of a user"},
	} {
		n := subject(tt.op, tt.lists)
		if got := n.idAt(0); got != tt.id {
			t.Errorf("%s: operationId %s, want %s", tt.op, got, tt.id)
		}
		if got := n.summary(); got != tt.summary {
			t.Errorf("%s: summary %q, want %q", tt.op, got, tt.summary)
		}
	}
}

func TestUniqueIDs(t *testing.T) {
	var ns []nameSubject
	for _, op := range []string{"GET /users/{id}", "GET /users/{id}/{name}", "GET /v1/teams/{id}", "GET /v2/teams/{id}", "GET /a-b", "GET /a_b"} {
		ns = append(ns, subject(op, false))
	}
	ids := uniqueIDs(ns)
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(ns) {
		t.Errorf("not unique: %q", ids)
	}
	// Another order of the same operations gives the same names.
	back := slices.Clone(ns)
	slices.Reverse(back)
	again := uniqueIDs(back)
	slices.Reverse(again)
	if !slices.Equal(ids, again) {
		t.Errorf("order matters: %q, %q", ids, again)
	}
}
