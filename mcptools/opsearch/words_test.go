package opsearch

import (
	"strings"
	"testing"
)

func TestTerms(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"getUserByID", "get user id getuserbyid"},
		{"the list of all users", "list user"},
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
