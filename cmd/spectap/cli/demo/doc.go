// Package demo has the command demo, which plays the whole loop on a sample API. Read demo.go
// first.
package demo
