"""The kit: what every service needs to be reliable, and nothing about what services are for.

Anything here could run a parcel company unchanged. Promises: an acknowledged message is never lost and
its effects happen once; an event that was committed is published; every process may die at any line.
"""
