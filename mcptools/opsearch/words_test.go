package opsearch

import (
	"strconv"
	"strings"
	"testing"
)

// TestHasHalf compares texts with exactly half of the words, fewer and none.
func TestHasHalf(t *testing.T) {
	for _, x := range []struct {
		text, words string
		want        bool
	}{
		{"list users", "list user", true}, {"a user", "user order", true}, {"a user", "user order item", false},
		{"user and order", "user order item", true}, {"a thing", "user", false}, {"a thing", "", false}, {"", "user", false},
	} {
		if got := HasHalf(x.text, x.words); got != x.want {
			t.Errorf("%q has half of %q: %t", x.text, x.words, got)
		}
	}
}

// TestIsRPC takes an API for one of calls if nine of ten operations are POST.
func TestIsRPC(t *testing.T) {
	for posts, want := range map[int]bool{20: true, 18: true, 17: false, 0: false} {
		ops := make([]Operation, 20)
		for i := range ops {
			if ops[i].Method = "GET"; i < posts {
				ops[i].Method = "POST"
			}
		}
		if got := isRPC(ops); got != want {
			t.Errorf("%d of 20 operations are POST: %t", posts, got)
		}
	}
}

func TestTerms(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"getUserByID", "get user id getuserbyid"},
		{"the list of all users", "list user"},
		{"userId", "user id userid"},
		{"cities city", "city"},
		{"boxes box", "box"},
		{"classes class", "class"},
		{"status analysis bus", "status analysis bus"},
		{"stopping stopped stops", "stop"},
		{"calling called", "call"},
		{"creating created create creates", "creat"},
		{"ring red used", "ring red used"},
		{"ties lies", "tie lie"},
		{"matches wishes", "match wish"},
		{"gas is as", "gas"},
		{"reply replies", "repli"},
		{"user_id/user-id", "user id"},
		{"v2 42", "v2 42"},
		{"straße_ÄÖ", "straß äö"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if got := strings.Join(Terms(tt.text), " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestTermsOfLongText checks that the time for the words of a text is linear in their number: else
// this takes minutes.
func TestTermsOfLongText(t *testing.T) {
	var b strings.Builder
	for i := range 500_000 {
		b.WriteString(strconv.Itoa(i) + " ")
	}
	if got := len(Terms(b.String())); got != 500_000 {
		t.Errorf("%d words", got)
	}
}
