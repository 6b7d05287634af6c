/* SPDX-License-Identifier: MIT */
/** backend_contract - what every backend of the store must do; the same suite on each of them. */
#ifndef TESTS_STORE_BACKEND_CONTRACT_H
#define TESTS_STORE_BACKEND_CONTRACT_H

#include "store/backend.h"

/**
 * Run the suite.
 *
 * @param fresh  fills @p ret_conf with a place where no database is; its path is valid until the
 * next call
 * @return number of failed tests
 */
int backend_contract_run(const struct backend_ops *backend_ops,
                         void (*fresh)(struct store_conf *ret_conf));

#endif /* TESTS_STORE_BACKEND_CONTRACT_H */
