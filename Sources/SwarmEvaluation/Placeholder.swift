/// Placeholder until the first task kind lands.
package enum Placeholder {}
