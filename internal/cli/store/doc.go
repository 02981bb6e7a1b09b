// Package store has the commands that inspect, verify and compact a store. Read store.go first.
package store
