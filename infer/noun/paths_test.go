package noun

import (
	"testing"
)

func TestSingularInPaths(t *testing.T) {
	for many, want := range map[string]string{
		"users": "user", "licenses": "license", "cases": "case", "keys": "key", "statuses": "status",
		"addresses": "address", "policies": "policy",
		"boxes": "box", "branches": "branch", "status": "status", "news": "news", "people": "person",
		"indices": "index", "databases": "database",
		"releases": "release", "caches": "cache", "movies": "movie", "processes": "process", "aliases": "alias",
		"address": "address", "dns": "dns",
		"ingresses": "ingress", "storageclasses": "storageclass", "series": "series", "leases": "lease",
		"access": "access", "analyses": "analysis",
		"queries": "query", "days": "day", "buses": "bus", "heroes": "hero", "photos": "photo",
		"kubernetes": "kubernetes", "sms": "sms",
		"invoices": "invoice", "services": "service", "devices": "device", "images": "image", "pages": "page",
		"messages": "message", "taxes": "tax",
		"quizzes": "quiz", "dishes": "dish", "matches": "match", "houses": "house", "purchases": "purchase",
		"bonuses": "bonus", "viruses": "virus",
	} {
		t.Run(many, func(t *testing.T) {
			if got := Singular(many); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestWordsInProperties(t *testing.T) {
	for name, want := range map[string]string{
		"pullRequest_id": "pull request id", "HTTPServer": "http server", "userIDs": "user ids",
		"order-items": "order items", "ID": "id", "a1B2": "a1 b2",
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for i, w := range Words(name) {
				if i > 0 {
					got += " "
				}
				got += w
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
